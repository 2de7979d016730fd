"""What changes on-hand: receipts, adjustments, shipments and returns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.inventory import MovementKind, ReservationState
from app.repositories.inventory import Pieces, ReservationRepository, StockRepository
from app.services.inventory.errors import BelowReserved, NothingToShip, UnknownStock


@dataclass(frozen=True, slots=True)
class Move:
    """Pieces of a SKU into (positive) or out of (negative) a warehouse."""

    sku_id: UUID
    warehouse_id: UUID
    quantity: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """A recorded change: `on_hand_after` is the running balance of its SKU and warehouse."""

    id: UUID
    created_at: datetime
    sku_id: UUID
    warehouse_id: UUID
    kind: MovementKind
    quantity: int
    on_hand_after: int
    cause: str
    actor: str | None
    note: str | None


async def receive(
    session: AsyncSession, moves: Sequence[Move], *, cause: str, actor: str | None = None
) -> list[Movement]:
    """Put goods on stock. `cause` names the document (`receipt:<number>`).

    One statement for all rows. Raises `UnknownStock` for a SKU or warehouse that does not exist.
    """
    _require_positive(moves)
    return await _record(session, MovementKind.RECEIPT, moves, cause=cause, actor=actor)


async def take_back(
    session: AsyncSession, moves: Sequence[Move], *, cause: str, actor: str | None = None
) -> list[Movement]:
    """Put goods a shopper returned back on stock. Whether they may come back, the caller knows."""
    _require_positive(moves)
    return await _record(session, MovementKind.RETURN, moves, cause=cause, actor=actor)


async def adjust(
    session: AsyncSession, moves: Sequence[Move], *, cause: str, actor: str | None = None
) -> list[Movement]:
    """Correct on-hand by differences, so that sales meanwhile stay counted; all rows or none.

    Raises `BelowReserved` with the counts of every row that would fall below its reservations.
    """
    change: dict[tuple[UUID, UUID], int] = {}
    for move in moves:
        key = (move.sku_id, move.warehouse_id)
        change[key] = change.get(key, 0) + move.quantity
    levels = await StockRepository(session).locked(list(change))
    refused = []
    for key, difference in sorted(change.items()):
        on_hand, reserved = levels.get(key, (0, 0))
        if on_hand + difference < reserved:
            refused.append(
                {
                    "sku_id": str(key[0]),
                    "warehouse_id": str(key[1]),
                    "on_hand": on_hand,
                    "reserved": reserved,
                    "quantity": difference,
                }
            )
    if refused:
        raise BelowReserved("Release the reservations first, or adjust by less", rows=refused)
    return await _record(session, MovementKind.ADJUSTMENT, moves, cause=cause, actor=actor)


async def ship(
    session: AsyncSession, owner: str, pieces: Pieces, *, cause: str, actor: str | None = None
) -> None:
    """Move pieces that are promised to `owner` for good out of their warehouses.

    `cause` names the document (`shipment:<number>`). Raises `NothingToShip` with what is left of
    each promise that has less, so nothing leaves twice.
    """
    reservations = ReservationRepository(session)
    await _require_open(reservations, owner, pieces, {ReservationState.COMMITTED})
    await reservations.ship(owner, pieces, cause=cause, actor=actor)


async def free(session: AsyncSession, owner: str, pieces: Pieces) -> None:
    """Give pieces that are promised to `owner` back, and keep the rest promised.

    Raises `NothingToShip` with what is left of each promise that has less.
    """
    reservations = ReservationRepository(session)
    states = {ReservationState.HELD, ReservationState.COMMITTED}
    await _require_open(reservations, owner, pieces, states)
    await reservations.free(owner, pieces)


async def _require_open(
    reservations: ReservationRepository,
    owner: str,
    pieces: Pieces,
    states: Collection[ReservationState],
) -> None:
    found = await reservations.open(owner, pieces)
    left = {key: n for key, (state, n) in found.items() if state in states}
    short = [
        {
            "sku_id": str(sku_id),
            "warehouse_id": str(there),
            "promised": left.get((sku_id, there), 0),
        }
        for (sku_id, there), n in pieces.items()
        if n < 1 or left.get((sku_id, there), 0) < n
    ]
    if short or not pieces:
        raise NothingToShip("Less is promised there", rows=short)


async def _record(
    session: AsyncSession,
    kind: MovementKind,
    moves: Sequence[Move],
    *,
    cause: str,
    actor: str | None,
) -> list[Movement]:
    stock = StockRepository(session)
    unknown_skus, unknown_warehouses = await stock.missing(
        [move.sku_id for move in moves], [move.warehouse_id for move in moves]
    )
    if unknown_skus or unknown_warehouses:
        raise UnknownStock(
            "Some rows name an unknown SKU or warehouse",
            sku_ids=sorted(map(str, unknown_skus)),
            warehouse_ids=sorted(map(str, unknown_warehouses)),
        )
    rows = await stock.move(
        kind,
        [(move.sku_id, move.warehouse_id, move.quantity, move.note) for move in moves],
        cause=cause,
        actor=actor,
    )
    return [_movement(row) for row in rows]


def _movement(row: Any) -> Movement:
    return Movement(
        id=row.id,
        created_at=row.created_at,
        sku_id=row.sku_id,
        warehouse_id=row.warehouse_id,
        kind=MovementKind(row.kind),
        quantity=row.quantity,
        on_hand_after=row.on_hand_after,
        cause=row.cause,
        actor=row.actor,
        note=row.note,
    )


def _require_positive(moves: Sequence[Move]) -> None:
    for move in moves:
        if move.quantity < 1:
            raise ValueError(f"cannot receive {move.quantity} of {move.sku_id}")
