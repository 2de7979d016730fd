"""Runs of an importer: where they are, what they counted, what they refused."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.repositories.catalog.imports import ImportRepository, Reject


@dataclass(slots=True)
class Notes:
    """What one batch counted and refused."""

    counts: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)

    def reject(self, kind: str, external_id: object, reason: str) -> None:
        self.rejects.append(Reject(kind, str(external_id), reason))

    def count(self, name: str, amount: int = 1) -> None:
        self.counts[name] += amount


@dataclass(frozen=True, slots=True)
class Progress:
    """A run and how many batches of each step it has behind it."""

    run_id: UUID
    done: Mapping[str, int]
    is_resumed: bool


async def open_run(session: AsyncSession, source: str) -> Progress:
    """The unfinished run of the source, to be resumed, or a new one."""
    repository = ImportRepository(session, source)
    run = await repository.unfinished()
    if run is not None:
        return Progress(run.id, dict(run.cursor), is_resumed=True)
    run = await repository.start()
    return Progress(run.id, {}, is_resumed=False)


async def save_progress(
    session: AsyncSession, source: str, run_id: UUID, *, step: str, batches: int, notes: Notes
) -> None:
    """Note in the batch's own transaction that `batches` of the step are done."""
    repository = ImportRepository(session, source)
    run = await repository.run(run_id)
    run.cursor = {**run.cursor, step: batches}
    run.counts = dict(Counter(run.counts) + notes.counts)
    run.updated_at = now()
    await repository.refuse(run_id, notes.rejects)


async def finish_run(session: AsyncSession, source: str, run_id: UUID) -> dict[str, int]:
    """Close the run; what it counted in all."""
    run = await ImportRepository(session, source).run(run_id)
    run.finished_at = now()
    return dict(run.counts)


async def rejects_of(session: AsyncSession, source: str, run_id: UUID) -> list[Reject]:
    return await ImportRepository(session, source).refused(run_id)


async def known_rows(
    session: AsyncSession, source: str, kind: str, external_ids: Collection[str]
) -> dict[str, UUID]:
    """Which row each outside id became in this or an earlier run."""
    return await ImportRepository(session, source).known(kind, external_ids)


async def remember(session: AsyncSession, source: str, kind: str, refs: Mapping[str, UUID]) -> None:
    """Note which rows outside ids became, for rows other domains made."""
    await ImportRepository(session, source).remember(kind, refs)
