"""Goods that are promised and are not there: somebody counted, or looked for them to pack.

No more is taken off the books than is free; the rest is a shortage. Its promises are left one by
one by whoever made them, and what they leave is written off before anybody else can have it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.inventory import ReservationState, StockGrade
from app.core.ids import new_id
from app.models.backorders import StockShortage
from app.repositories.inventory import Pieces, ReservationRepository, StockRepository
from app.repositories.inventory.batches import BatchRepository
from app.repositories.inventory.shortages import ShortageRepository
from app.repositories.inventory.stocktakes import StocktakeRepository
from app.services.inventory.move import Move
from app.services.inventory.movements import adjust, free


async def fit(session: AsyncSession, moves: Sequence[Move]) -> tuple[list[Move], list[Move]]:
    """What of a count's differences can be on stock now, and what is missing of promised goods.

    Locks their stock. Pieces that are too many come first, so that they make up for others.
    """
    keys = {(move.sku_id, move.warehouse_id) for move in moves}
    found = await StockRepository(session).locked(sorted(keys))
    room = dict.fromkeys(keys, 0) | {key: row.on_hand - row.reserved for key, row in found.items()}
    fits: list[Move] = []
    missing: list[Move] = []
    for move in sorted(moves, key=lambda each: each.quantity < 0):
        key = (move.sku_id, move.warehouse_id)
        taken = move.quantity
        if move.grade is StockGrade.SELLABLE:
            taken = max(move.quantity, -max(room[key], 0))
            room[key] += taken
        if taken:
            fits.append(_of(move, taken))
        if taken != move.quantity:
            missing.append(_of(move, taken - move.quantity))
    return fits, missing


async def note(
    session: AsyncSession,
    missing: Sequence[Move],
    *,
    cause: str,
    actor: str | None,
    owner: str | None = None,
) -> list[UUID]:
    """Keep that pieces are missing; `owner`'s promise is left before those of others."""
    rows = [
        StockShortage(
            id=new_id(),
            sku_id=move.sku_id,
            warehouse_id=move.warehouse_id,
            batch_id=move.batch_id,
            owner=owner,
            quantity=move.quantity,
            cause=cause,
            actor=actor,
            note=move.note,
        )
        for move in missing
    ]
    if rows:
        await ShortageRepository(session).add(rows)
    return [row.id for row in rows]


async def report(
    session: AsyncSession, moves: Sequence[Move], *, cause: str, actor: str | None, owner: str
) -> list[UUID]:
    """Keep what whoever packs for `owner` cannot find, each piece once however often it is said.

    What was said before and could not be left yet is among it. An open stocktake that has counted
    fewer has found the same, unless it counts batches. Locks those stocktakes and shortages, so
    call it before stock is.
    """
    repository = ShortageRepository(session)
    made: list[UUID] = []
    new: list[Move] = []
    for move in moves:
        known = await repository.of_owner(owner, move.sku_id, move.warehouse_id)
        made += [row["id"] for row in known]
        if (n := move.quantity - sum(row["open"] for row in known)) > 0:
            new.append(_of(move, n))
            await StocktakeRepository(session).met(move.warehouse_id, move.sku_id, n)
    return [*made, *await note(session, new, cause=cause, actor=actor, owner=owner)]


async def due(session: AsyncSession, limit: int) -> Sequence[RowMapping]:
    """Shortages whose promises are to be left, those tried lately excepted; oldest first."""
    return await ShortageRepository(session).due(limit)


async def locked(session: AsyncSession, shortage_id: UUID) -> RowMapping | None:
    """A shortage with its `open` pieces, locked: before stock, after the order."""
    return await ShortageRepository(session).locked(shortage_id)


async def list_shortages(
    session: AsyncSession,
    *,
    is_open: bool | None = None,
    warehouse_id: UUID | None = None,
    after: UUID | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Shortages, newest first."""
    return await ShortageRepository(session).page(
        is_open=is_open, warehouse_id=warehouse_id, after=after, limit=limit
    )


async def write_off(session: AsyncSession, shortage_id: UUID) -> int:
    """Take what is free by now of missing pieces off the books; how many are still promised.

    Pieces the books have none of any more are gone with whoever had them. Again changes nothing
    that is not free. Locks the shortage, then stock.
    """
    shortages = ShortageRepository(session)
    row = await shortages.locked(shortage_id)
    if row is None:
        return 0
    key = (row["sku_id"], row["warehouse_id"])
    stock = (await StockRepository(session).locked([key]))[key]
    taken = min(row["open"], stock.on_hand - stock.reserved)
    if taken:
        batch_id = await _left_of(session, key, row["batch_id"], taken)
        move = Move(*key, -taken, batch_id=batch_id)
        await adjust(session, [move], cause=f"shortage:{shortage_id}", actor=row["actor"])
    gone = max(0, row["open"] - stock.on_hand)
    await shortages.settle(shortage_id, written_off=taken, gone=gone)
    return int(row["open"] - taken - gone)


async def _left_of(
    session: AsyncSession, key: tuple[UUID, UUID], batch_id: UUID | None, pieces: int
) -> UUID | None:
    """The batch, unless it has left meanwhile with others: then the books err in another one."""
    shelves = await BatchRepository(session).shelves([key[0]], [key[1]])
    lies = {row.batch_id: row.on_hand for row in shelves if row.batch_id is not None}
    return batch_id if lies.get(batch_id, 0) >= pieces else None


async def is_kept(session: AsyncSession, owner: str, pieces: Pieces) -> bool:
    """Whether pieces are promised to `owner` for good, kits as what they are made of.

    Locks the promises.
    """
    return all(
        row.state == ReservationState.COMMITTED and row.open >= row.pieces
        for row in await ReservationRepository(session).open(owner, pieces)
    )


async def let_wait(
    session: AsyncSession,
    owner: str,
    pieces: Pieces,
    *,
    member_id: UUID,
    ships_at: datetime,
    last_at: datetime,
) -> None:
    """What was promised to `owner` waits for goods instead, and comes before shoppers.

    Raises `NothingToShip` where less is promised.
    """
    ordered = dict(sorted(pieces.items()))
    await free(session, owner, ordered)
    await ShortageRepository(session).let_wait(
        owner, ordered, member_id=member_id, ships_at=ships_at, last_at=last_at
    )


def _of(move: Move, quantity: int) -> Move:
    return Move(move.sku_id, move.warehouse_id, quantity, move.note, move.grade, move.batch_id)
