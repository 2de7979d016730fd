"""`shop books`: look after the ledger."""

import asyncio

import typer
from rich.console import Console

from app.cli.embedded import database
from app.core.db import build_engine, build_sessions, unit_of_work
from app.core.settings import Settings
from app.services import ledger

console = Console()
app = typer.Typer(no_args_is_help=True)


@app.callback()
def books() -> None:
    """Look after the ledger."""


@app.command("continue")
def continue_() -> None:
    """Go on where the books left off, after a dump was restored on another server.

    Its transactions count from the start again. Run it before anybody posts, as the owner of the
    tables. Changes nothing where positions go on by themselves.
    """
    with database(Settings()) as settings:
        lag = asyncio.run(_continue(settings))
    console.print(f"Positions were raised by {lag}." if lag else "Positions go on by themselves.")


async def _continue(settings: Settings) -> int:
    engine = build_engine(settings.database, pool_size=1)
    try:
        async with unit_of_work(build_sessions(engine)) as session:
            return await ledger.continue_positions(session)
    finally:
        await engine.dispose()
