"""Running an importer: steps of batches, a transaction each, resumed where they stopped."""

import resource
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.db import Sessions, unit_of_work
from app.core.enums.scopes import Scope
from app.core.ids import named_id
from app.services.catalog import imports

IMPORTER = Actor(Audience.ADMIN, named_id("importer"), scopes=frozenset(Scope))
"""Who the operation log says did it."""

SHOWN = 200
"""Refusals printed; all of them are in `import_rejects`."""

console = Console()

Land = Callable[[AsyncSession, Any, imports.Notes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Step:
    """`batches` come in the same order every time, so that a count says where to go on."""

    name: str
    total: int
    batches: Iterable[Any]
    land: Land


@dataclass(frozen=True, slots=True)
class Report:
    counts: dict[str, int]
    rejects: list[imports.Reject]
    seconds: float
    is_resumed: bool


async def run_import(sessions: Sessions, source: str, steps: Iterable[Step]) -> Report:
    """Do what is left of the source's unfinished run, or all of a new one.

    A batch and the note that it is done commit together: killed at any point, the next run goes
    on with the batch that was cut off.
    """
    started = time.monotonic()
    async with unit_of_work(sessions) as session:
        progress = await imports.open_run(session, source)
    with Progress(
        TextColumn("{task.description:>20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as bar:
        for step in steps:
            task = bar.add_task(step.name, total=step.total)
            done = progress.done.get(step.name, 0)
            for at, batch in enumerate(step.batches, start=1):
                if at > done:
                    await _land(sessions, source, progress, step, at, batch)
                bar.advance(task)
    async with unit_of_work(sessions) as session:
        counts = await imports.finish_run(session, source, progress.run_id)
        rejects = await imports.rejects_of(session, source, progress.run_id)
    return Report(counts, rejects, time.monotonic() - started, progress.is_resumed)


async def _land(
    sessions: Sessions, source: str, progress: imports.Progress, step: Step, at: int, batch: Any
) -> None:
    notes = imports.Notes()
    async with unit_of_work(sessions) as session:
        await step.land(session, batch, notes)
        await imports.save_progress(
            session, source, progress.run_id, step=step.name, batches=at, notes=notes
        )


def counted(notes: imports.Notes, name: str, landing: imports.Landing) -> None:
    for verb in ("created", "changed", "unchanged"):
        if amount := getattr(landing, verb):
            notes.count(f"{name} {verb}", amount)


def show(report: Report) -> None:
    """Print what was done, what was refused and why, the time and the peak of memory."""
    table = Table("What", "Count", title="Resumed and finished" if report.is_resumed else "Done")
    for name, amount in sorted(report.counts.items()):
        table.add_row(name, f"{amount:,}")
    console.print(table)
    if report.rejects:
        refused = Table("Kind", "Id", "Reason", title=f"Refused: {len(report.rejects):,}")
        for each in report.rejects[:SHOWN]:
            refused.add_row(each.kind, each.external_id, each.reason)
        console.print(refused)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
    console.print(f"{report.seconds:.1f} s, peak memory {peak} MiB")
