"""`shop audit`: prove that nothing was lost or made from nothing."""

import asyncio

import typer
from rich.console import Console

from app.cli.embedded import database
from app.core.db import build_engine, read_only
from app.core.settings import Settings
from app.services import reports

console = Console()


def audit() -> None:
    """Check every invariant on a live database. Exits 1 and names what is broken."""
    with database(Settings()) as settings:
        broken = asyncio.run(_audit(settings))
    if broken:
        raise typer.Exit(1)


async def _audit(settings: Settings) -> int:
    """How many invariants do not hold."""
    patient = settings.database.model_copy(update={"command_timeout_seconds": 3_600})
    engine = build_engine(patient, pool_size=1)
    broken = 0
    try:
        async for finding in reports.audit(read_only(engine)):
            if finding.holds:
                console.print(f"[green]holds[/]   {finding.name}")
                continue
            broken += 1
            console.print(f"[red]BROKEN[/]  {finding.name}")
            for row in finding.breaches:
                console.print(
                    "        " + ", ".join(f"{name}={value}" for name, value in row.items()),
                    markup=False,
                )
    finally:
        await engine.dispose()
    console.print(f"{len(reports.INVARIANTS)} invariants, {broken} broken")
    return broken
