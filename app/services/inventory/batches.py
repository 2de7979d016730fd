"""Batches: received with their dates, kept back, recalled, taken off sale when they expire."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.inventory import BatchState, MovementKind, StockGrade
from app.core.errors import NotFound
from app.repositories.inventory import StockRepository
from app.repositories.inventory.batches import UNKNOWN, BatchRepository, BatchRow
from app.services import system
from app.services.inventory.documents import found
from app.services.inventory.errors import (
    BatchDiffers,
    BelowReserved,
    IllegalStockTransition,
    NotTracked,
    UnknownStock,
)
from app.services.inventory.move import Move
from app.services.inventory.movements import regrade

__all__ = ["UNKNOWN"]


@dataclass(frozen=True, slots=True)
class BatchOf:
    """A batch as goods name it; dates are of the first who named it."""

    number: str
    made_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class BatchFilter:
    sku_id: UUID | None = None
    number: str | None = None
    state: BatchState | None = None
    expires_until: date | None = None


async def track(session: AsyncSession, sku_id: UUID, *, shelf_days: int, actor: Actor) -> None:
    """Tell pieces of a SKU apart by batch from now on; what lies there is of the unknown batch.

    Again changes `shelf_days` alone. Raises `UnknownStock`.
    """
    unknown, _ = await StockRepository(session).missing([sku_id], [])
    if unknown:
        raise UnknownStock("There is no such SKU", sku_ids=[str(sku_id)], warehouse_ids=[])
    await system.record(
        session, actor, "inventory.track_batches", "sku", sku_id, {"shelf_days": shelf_days}
    )
    repository = BatchRepository(session)
    lies = await repository.track(sku_id, shelf_days)
    rows = [
        (row.warehouse_id, grade.value, pieces)
        for row in lies or ()
        for grade, pieces in (
            (StockGrade.SELLABLE, row.on_hand),
            (StockGrade.DAMAGED, row.damaged),
            (StockGrade.FROZEN, row.frozen),
        )
        if pieces
    ]
    if rows:
        batch_id = await repository.unknown(sku_id)
        await repository.move(
            MovementKind.ADJUSTMENT,
            [BatchRow(batch_id, sku_id, *each) for each in rows],
            cause="tracking",
            owner=None,
            actor=actor.principal,
        )


async def named(
    session: AsyncSession, wanted: Mapping[tuple[UUID, str], BatchOf]
) -> Mapping[tuple[UUID, str], UUID]:
    """The batches that SKUs and numbers name; new ones are made.

    Raises `NotTracked`, and `BatchDiffers` for other dates than the batch has.
    """
    if not wanted:
        return {}
    repository = BatchRepository(session)
    known = await repository.named(list(wanted))
    _require_tracked(wanted, known)
    found: dict[tuple[UUID, str], UUID] = {}
    for key, batch in sorted(wanted.items()):
        row = await repository.add(key[0], batch.number, batch.made_on, batch.expires_on)
        said = {"made_on": batch.made_on, "expires_on": batch.expires_on}
        there = {"made_on": row.made_on, "expires_on": row.expires_on}
        if any(value not in {None, there[name]} for name, value in said.items()):
            raise BatchDiffers(
                "The batch has other dates",
                number=batch.number,
                made_on=None if row.made_on is None else str(row.made_on),
                expires_on=None if row.expires_on is None else str(row.expires_on),
            )
        found[key] = row.id
    return found


async def existing(
    session: AsyncSession, keys: Collection[tuple[UUID, str]]
) -> Mapping[tuple[UUID, str], UUID]:
    """The batches that SKUs and numbers name. Raises `NotTracked` and `NotFound`."""
    if not keys:
        return {}
    known = await BatchRepository(session).named(keys)
    _require_tracked(keys, known)
    found = {key: batch_id for key, batch_id in known.items() if batch_id is not None}
    if missing := sorted(number for sku_id, number in keys if (sku_id, number) not in found):
        raise NotFound(f"There is no batch {missing[0]}")
    return found


async def judge(
    session: AsyncSession,
    batch_id: UUID,
    state: BatchState,
    *,
    version: int,
    reason: str | None,
    actor: Actor,
) -> RowMapping:
    """Keep a batch back, recall it, or let it be sold again.

    What is free of it is frozen at once, in all warehouses; pieces that orders were promised
    cannot leave and are frozen when they are free. A batch that is sold again has its frozen
    pieces regraded by hand, by who has looked at them. Raises `NotFound`, `StaleVersion`, and
    `IllegalStockTransition` where it is so already.
    """
    repository = BatchRepository(session)
    row = found(await repository.locked(batch_id), "batch", version=version)
    if row.state == state:
        raise IllegalStockTransition(f"It is {row.state}", state=row.state)
    await repository.judge(row, state, reason)
    changes = {"number": row.number, "reason": reason}
    await system.record(session, actor, f"inventory.{state}_batch", "stock_batch", row.id, changes)
    if state is not BatchState.OPEN:
        await _freeze(session, batch_id=batch_id, limit=10_000, actor=actor.principal)
    return await get(session, batch_id)


async def take_off_sale(sessions: Sessions, *, limit: int) -> int:
    """Freeze up to `limit` batches of warehouses that expired or are kept back; how many.

    One transaction for each warehouse, which gives up where somebody was faster.
    """
    async with unit_of_work(sessions) as session:
        due = await BatchRepository(session).unsold(clock.now().date(), limit=limit)
    done = 0
    for batch_id in dict.fromkeys(row.batch_id for row in due):
        try:
            async with unit_of_work(sessions) as session:
                done += await _freeze(session, batch_id=batch_id, limit=limit, actor=None)
        except BelowReserved:
            continue  # somebody was promised them meanwhile; the next turn looks again
    return done


async def _freeze(session: AsyncSession, *, batch_id: UUID, limit: int, actor: str | None) -> int:
    """Freeze what is free of a batch that is not sold; in how many warehouses."""
    repository, stock = BatchRepository(session), StockRepository(session)
    today = clock.now().date()
    rows = await repository.unsold(today, batch_id=batch_id, limit=limit)
    if not rows:
        return 0
    await stock.locked([(row.sku_id, row.warehouse_id) for row in rows])
    rows = await repository.unsold(today, batch_id=batch_id, limit=limit)
    for state, each in groupby(rows, key=lambda row: row.state):
        why = "expired" if state == BatchState.OPEN else state
        moves = [
            Move(row.sku_id, row.warehouse_id, row.pieces, row.number, batch_id=row.batch_id)
            for row in each
        ]
        cause = f"batch:{why}"
        await regrade(session, moves, to=StockGrade.FROZEN, cause=cause, actor=actor)
    return len(rows)


async def get(session: AsyncSession, batch_id: UUID) -> RowMapping:
    """Raises `NotFound`."""
    row = await BatchRepository(session).find(batch_id)
    if row is None:
        raise NotFound("There is no such batch")
    return row


async def page(
    session: AsyncSession, wanted: BatchFilter, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Batches with what lies of them where, newest first."""
    return await BatchRepository(session).page(
        sku_id=wanted.sku_id,
        number=wanted.number,
        state=wanted.state,
        expires_until=wanted.expires_until,
        after=after,
        limit=limit,
    )


async def recipients(
    session: AsyncSession, batch_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Orders that got pieces of a batch, and what of it came back."""
    return await BatchRepository(session).recipients(batch_id, after=after, limit=limit)


async def movements(
    session: AsyncSession, batch_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """What moved of a batch, newest first."""
    return await BatchRepository(session).movements(batch_id, after=after, limit=limit)


def _require_tracked(
    keys: Collection[tuple[UUID, str]], known: Mapping[tuple[UUID, str], UUID | None]
) -> None:
    if strange := {sku_id for sku_id, number in keys if (sku_id, number) not in known}:
        raise NotTracked("Track them by batch first", sku_ids=sorted(map(str, strange)))
