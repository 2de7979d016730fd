"""The proof that movements add up to stock, and promises to what is reserved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.inventory import FindingKind, FindingState, StockGrade
from app.core.ids import new_id
from app.models.stock_proofs import StockFinding, StockProof
from app.repositories.inventory.proofs import ProofRepository
from app.services import system
from app.services.inventory.documents import found
from app.services.inventory.errors import IllegalStockTransition
from app.services.inventory.events import DifferenceFound

TOLD = frozenset({FindingKind.SHORT, FindingKind.UNFIT})
"""Findings that are told when they happen, and compare no counts."""
WHOLE_EVERY = timedelta(days=6.5)
"""How old adding everything up may become; the nightly run then does it again."""


async def prove(session: AsyncSession, *, whole: bool = False) -> StockProof:
    """Compare stock with its movements and promises as of one instant; keep what differs.

    Movements are added up once, so a run reads those since the last one and one row of each SKU,
    warehouse and grade; `whole`, and now and then, all of them. Each difference is published once.
    """
    repository = ProofRepository(session)
    last = await repository.begin()
    until = await repository.horizon()
    is_whole = whole or last is None or last.whole_at < clock.now() - WHOLE_EVERY
    if last is None or last.folded_to < until:
        await repository.fold(last.folded_to if last else None, until)
    else:
        until = last.folded_to
    kinds = set(FindingKind) - {FindingKind.HISTORY, *TOLD}
    if is_whole:
        await repository.accept(until)
        kinds.add(FindingKind.HISTORY)
    rows = await repository.differences(until, whole=is_whole)
    opened = await repository.keep(rows)
    resolved = await repository.resolve(rows, sorted(kinds))
    proof = StockProof(
        id=new_id(),
        folded_to=until,
        is_whole=is_whole,
        differences=len(rows),
        opened=len(opened),
        resolved=resolved,
    )
    repository.add(proof)
    await _publish(session, opened)
    await session.flush()
    await session.refresh(proof)
    return proof


async def tell(
    session: AsyncSession, kind: FindingKind, warehouse_id: UUID, pieces: Mapping[UUID, int]
) -> None:
    """Have somebody explain pieces by SKU that a till sold and that could not be sold."""
    told = {sku_id: n for sku_id, n in sorted(pieces.items()) if n}
    if told:
        await _publish(session, await ProofRepository(session).tell(kind, warehouse_id, told))


async def explain(
    session: AsyncSession, finding_id: UUID, *, version: int, note: str, actor: Actor
) -> StockFinding:
    """Say where a difference comes from; it stays until the counts agree.

    What a till told is over with that. Past movements that changed count from the next whole proof
    on. Raises `NotFound`, `StaleVersion`, and `IllegalStockTransition` for one that is resolved.
    """
    repository = ProofRepository(session)
    row = found(await repository.locked(finding_id), "finding", version=version)
    if row.state == FindingState.RESOLVED:
        raise IllegalStockTransition("It is over", state=row.state)
    await repository.explain(row, note, actor.principal, is_over=row.kind in TOLD)
    await system.record(
        session, actor, "inventory.explain_finding", "stock_finding", row.id, {"note": note}
    )
    return row


async def list_findings(
    session: AsyncSession, *, state: FindingState | None = None, after: UUID | None, limit: int
) -> Sequence[StockFinding]:
    """Differences, newest first; without a state those that are not resolved."""
    return await ProofRepository(session).findings(state=state, after=after, limit=limit)


async def list_proofs(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[StockProof]:
    """Runs of the proof, newest first."""
    return await ProofRepository(session).proofs(after=after, limit=limit)


async def _publish(session: AsyncSession, rows: Iterable[Row[Any]]) -> None:
    for row in rows:
        await system.publish(
            session,
            DifferenceFound(
                finding_id=row.id,
                kind=FindingKind(row.kind),
                sku_id=row.sku_id,
                warehouse_id=row.warehouse_id,
                grade=StockGrade(row.grade),
                expected=row.expected,
                found=row.found,
            ),
        )


@dataclass(frozen=True, slots=True)
class OccupationFilter:
    sku_id: UUID
    warehouse_id: UUID | None = None


async def list_occupation(
    session: AsyncSession, wanted: OccupationFilter, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Documents that hold pieces of a SKU, newest first."""
    return await ProofRepository(session).occupation(
        wanted.sku_id, warehouse_id=wanted.warehouse_id, after=after, limit=limit
    )
