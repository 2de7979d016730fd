"""What sales of tills take that were told later: they have happened, whatever was promised."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.enums.inventory import BatchState, StockGrade
from app.repositories.inventory.batches import BatchRepository
from app.services.inventory.engine.batches import BatchLevel, happened
from app.services.inventory.move import Move


class Taken(NamedTuple):
    """What pieces of a SKU that were sold are taken from.

    `thawed` are frozen ones that lay on the shelf when they were sold; `short` were not there,
    `unfit` were of batches that could not be sold.
    """

    moves: tuple[Move, ...]
    thawed: tuple[Move, ...] = ()
    short: int = 0
    unfit: int = 0


def of_shelf(sku_id: UUID, warehouse_id: UUID, pieces: int, free: int) -> Taken:
    """Pieces of which so many are free, of no batch that anybody names."""
    n = min(pieces, max(free, 0))
    moves = (Move(sku_id, warehouse_id, -n),) if n else ()
    return Taken(moves, short=pieces - n)


async def take_what_happened(
    session: AsyncSession,
    pieces: Mapping[UUID, int],
    free: Mapping[UUID, int],
    *,
    warehouse_id: UUID,
    at: datetime,
) -> dict[UUID, Taken]:
    """What pieces by SKU that were sold `at` a time are taken from; the caller has locked them.

    What expired or was kept back since was on the shelf then, and is sold. What could not be sold
    then has been, after everything else.
    """
    repository = BatchRepository(session)
    levels: dict[UUID, list[BatchLevel]] = defaultdict(list)
    shelf_days: dict[UUID, int] = {}
    known: dict[UUID, BatchLevel] = {}
    for row in await repository.shelves(pieces, [warehouse_id]):
        shelf_days[row.sku_id] = row.shelf_days
        if row.batch_id is not None:
            state = BatchState(row.state)
            level = BatchLevel(row.batch_id, row.number, row.expires_on, state, row.on_hand)
            known[row.batch_id] = level
            levels[row.sku_id].append(level)
    frozen: dict[UUID, list[BatchLevel]] = defaultdict(list)
    if shelf_days:
        for row in await repository.frozen_since(shelf_days, warehouse_id, at):
            if row.batch_id in known:
                frozen[row.sku_id].append(known[row.batch_id]._replace(pieces=row.pieces))
    day = min(at, clock.now()).astimezone(UTC).date()
    taken = {}
    for sku_id, n in pieces.items():
        if sku_id not in shelf_days:
            taken[sku_id] = of_shelf(sku_id, warehouse_id, n, free[sku_id])
            continue
        found = happened(
            levels[sku_id],
            frozen[sku_id],
            n,
            free=free[sku_id],
            shelf_days=shelf_days[sku_id],
            day=day,
        )
        parts = (*found.shelf, *found.frozen)
        taken[sku_id] = Taken(
            tuple(Move(sku_id, warehouse_id, -m, batch_id=batch_id) for batch_id, m in parts),
            tuple(
                Move(sku_id, warehouse_id, m, grade=StockGrade.FROZEN, batch_id=batch_id)
                for batch_id, m in found.frozen
            ),
            n - sum(m for _, m in parts),
            found.unfit,
        )
    return taken
