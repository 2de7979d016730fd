"""Batches follow what moves of SKUs whose pieces are told apart by them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.enums.inventory import BatchState, MovementKind, StockGrade
from app.repositories.inventory.batches import BatchRepository, BatchRow
from app.services.inventory.engine.batches import BatchLevel, Part, is_sold, less, take, total
from app.services.inventory.errors import BatchShort
from app.services.inventory.move import Move

LEAVES = frozenset({MovementKind.SHIPMENT, MovementKind.SALE, MovementKind.TRANSFER_OUT})
COMES_BACK = frozenset({MovementKind.RETURN, MovementKind.TRANSFER_IN})
_COLUMNS = {
    StockGrade.SELLABLE: "on_hand",
    StockGrade.DAMAGED: "damaged",
    StockGrade.FROZEN: "frozen",
}


async def follow_batches(
    session: AsyncSession,
    kind: MovementKind,
    moves: Sequence[Move],
    *,
    cause: str,
    actor: str | None,
    owner: str | None = None,
) -> None:
    """Move the batches of what has just moved; whoever calls it holds the lock of that stock.

    A move that names a batch is of it. Otherwise what goes is of the batches that expire first,
    to buyers and other warehouses only of those that may be sold; what lay here for an owner goes
    as what came in by the document; what comes back is of what left by the document or for the
    owner, and what comes from nowhere of the unknown batch. Raises `BatchShort`.
    """
    repository = BatchRepository(session)
    found = await repository.shelves(
        {move.sku_id for move in moves}, {move.warehouse_id for move in moves}
    )
    if not found:
        return
    shelves = _Shelves(found, clock.now().date())
    tracked = [move for move in moves if move.sku_id in shelves.shelf_days]
    traces = await _traces(repository, kind, shelves.shelf_days, cause, owner)
    rows: list[BatchRow] = []
    parts: tuple[Part, ...] = ()
    carried: tuple[Part, ...] = ()
    for move in tracked:
        if move.quantity < 0:
            parts = carried = shelves.take(move, kind, traces.first[move.sku_id])
        elif move.batch_id is not None:
            parts = ((move.batch_id, move.quantity),)
        elif kind is MovementKind.REGRADE:
            parts = carried
        else:
            parts = traces.give_back(move)
            if (rest := move.quantity - total(parts)) > 0:
                parts = (*parts, (await repository.unknown(move.sku_id), rest))
        sign = -1 if move.quantity < 0 else 1
        rows += [
            BatchRow(batch_id, move.sku_id, move.warehouse_id, move.grade.value, sign * n)
            for batch_id, n in parts
        ]
    if rows:
        await repository.move(kind.value, rows, cause=cause, owner=owner, actor=actor)


class _Shelves:
    """What lies of batches, less what was taken already."""

    def __init__(self, rows: Sequence[Row[Any]], today: date) -> None:
        self.shelf_days: dict[UUID, int] = {row.sku_id: row.shelf_days for row in rows}
        self._today = today
        self._levels: dict[tuple[UUID, UUID, StockGrade], list[BatchLevel]] = {}
        for row in rows:
            if row.batch_id is not None:
                for grade, column in _COLUMNS.items():
                    key = (row.sku_id, row.warehouse_id, grade)
                    self._levels.setdefault(key, []).append(_level(row, getattr(row, column)))

    def take(self, move: Move, kind: MovementKind, first: Mapping[UUID, int]) -> tuple[Part, ...]:
        """The pieces a move takes away, those that are meant `first` before others.

        Raises `BatchShort`.
        """
        key = (move.sku_id, move.warehouse_id, move.grade)
        levels = self._levels.get(key, [])
        days = self.shelf_days[move.sku_id]
        only_sold = kind in LEAVES and move.batch_id is None
        fit = [
            level
            for level in levels
            if (move.batch_id is None or level.batch_id == move.batch_id)
            and (not only_sold or is_sold(level, days, self._today))
        ]
        parts = take(fit, -move.quantity, first)
        if total(parts) < -move.quantity:
            raise BatchShort(
                "What is left of it is of other batches, kept back or expired",
                sku_id=str(move.sku_id),
                warehouse_id=str(move.warehouse_id),
                pieces=-move.quantity,
                there=sum(level.pieces for level in fit),
            )
        self._levels[key] = less(levels, parts)
        return parts


@dataclass(frozen=True, slots=True)
class _Traces:
    """What is out of each SKU, by batch, and the pieces of batches that are meant before others."""

    out: dict[UUID, list[BatchLevel]] = field(default_factory=lambda: defaultdict(list))
    first: dict[UUID, dict[UUID, int]] = field(default_factory=lambda: defaultdict(dict))

    def give_back(self, move: Move) -> tuple[Part, ...]:
        """The batches that pieces which come back left as; fewer where fewer are out."""
        levels = self.out[move.sku_id]
        parts = take(levels, move.quantity, self.first[move.sku_id])
        levels[:] = less(levels, parts)
        return parts


async def _traces(
    repository: BatchRepository,
    kind: MovementKind,
    sku_ids: Collection[UUID],
    cause: str,
    owner: str | None,
) -> _Traces:
    found = _Traces()
    if kind in COMES_BACK:
        for row in await repository.out(sku_ids, cause, owner):
            found.out[row.sku_id].append(_level(row, row.pieces))
            found.first[row.sku_id][row.batch_id] = row.first
    elif kind is MovementKind.ADJUSTMENT and owner is not None:
        for row in await repository.kept(sku_ids, cause):
            found.first[row.sku_id][row.batch_id] = row.first
    return found


def _level(row: Row[Any], pieces: int) -> BatchLevel:
    return BatchLevel(row.batch_id, row.number, row.expires_on, BatchState(row.state), pieces)
