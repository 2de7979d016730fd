"""What changes on-hand: receipts, adjustments, shipments and returns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.inventory import MovementKind, ReservationState, SerialState, StockGrade
from app.repositories.inventory import Pieces, ReservationRepository, StockRepository
from app.services.inventory.errors import BelowReserved, NothingToShip, UnknownStock
from app.services.inventory.follow_batches import follow_batches
from app.services.inventory.follow_serials import send_serials, settle_serials
from app.services.inventory.move import Move


@dataclass(frozen=True, slots=True)
class Movement:
    """A recorded change: `on_hand_after` is the running balance of its SKU, warehouse and grade."""

    id: UUID
    created_at: datetime
    sku_id: UUID
    warehouse_id: UUID
    kind: MovementKind
    grade: StockGrade
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
    return await record(session, MovementKind.RECEIPT, moves, cause=cause, actor=actor)


async def take_back(
    session: AsyncSession,
    moves: Sequence[Move],
    *,
    cause: str,
    actor: str | None = None,
    owner: str | None = None,
    document: str | None = None,
) -> list[Movement]:
    """Put goods a shopper returned back on stock, each move as the grade it names.

    Whether they may come back, and what they are worth still, the caller knows. They are of the
    batches that left by `cause`, or for `owner`; serials that left by `document`, or else by
    `cause`, are there again with them.
    """
    _require_positive(moves)
    rows = await record(session, MovementKind.RETURN, moves, cause=cause, actor=actor, owner=owner)
    await settle_serials(
        session,
        {move.sku_id for move in moves},
        was=SerialState.SENT,
        document=document or cause,
        warehouse_id=moves[0].warehouse_id,
        actor=actor,
    )
    return rows


async def hand_back(
    session: AsyncSession,
    moves: Sequence[Move],
    *,
    cause: str,
    owner: str,
    document: str | None = None,
    actor: str | None = None,
) -> list[Movement]:
    """Goods that lay here for `owner` go back: of the batches they came in as, by the same cause.

    They leave with the serials scanned for `document`; without one they stay, and are ours. Raises
    `BelowReserved`, `SerialsMissing`.
    """
    away = [replace(move, quantity=-move.quantity) for move in moves]
    _require_positive(moves)
    rows = await adjust(session, away, cause=cause, actor=actor, owner=owner)
    if document is not None:
        await send_serials(session, _leaving(away), document=document, owner=owner, actor=actor)
    return rows


async def adjust(
    session: AsyncSession,
    moves: Sequence[Move],
    *,
    cause: str,
    actor: str | None = None,
    kind: MovementKind = MovementKind.ADJUSTMENT,
    owner: str | None = None,
) -> list[Movement]:
    """Correct stock by differences, so that sales meanwhile stay counted; all rows or none.

    Raises `BelowReserved` with the counts of every row that would fall below its reservations, or
    of another grade below nothing. `kind` is one that may go either way, or out; what lay there
    for an `owner` leaves as what it came in by `cause`.
    """
    change: dict[tuple[UUID, UUID, StockGrade], int] = {}
    for move in moves:
        key = (move.sku_id, move.warehouse_id, move.grade)
        change[key] = change.get(key, 0) + move.quantity
    found = await StockRepository(session).locked(sorted({(sku, at) for sku, at, _ in change}))
    refused = []
    for (sku_id, warehouse_id, grade), difference in sorted(change.items()):
        there, reserved = _count(found.get((sku_id, warehouse_id)), grade)
        if there + difference < reserved:
            refused.append(
                {
                    "sku_id": str(sku_id),
                    "warehouse_id": str(warehouse_id),
                    "grade": grade,
                    "on_hand": there,
                    "reserved": reserved,
                    "quantity": difference,
                }
            )
    if refused:
        raise BelowReserved("Release the reservations first, or take away less", rows=refused)
    return await record(session, kind, moves, cause=cause, actor=actor, owner=owner)


async def regrade(
    session: AsyncSession,
    moves: Sequence[Move],
    *,
    to: StockGrade,
    cause: str,
    actor: str | None = None,
) -> list[Movement]:
    """Make pieces of the grades the moves name pieces of another: nothing comes and nothing goes.

    Raises `BelowReserved` where fewer are free to be regraded, and `ValueError` for a move that
    is not of another grade.
    """
    _require_positive(moves)
    if any(move.grade == to for move in moves):
        raise ValueError(f"cannot make {to} pieces {to}")
    there_and_back = [
        each
        for move in moves
        for each in (replace(move, quantity=-move.quantity), replace(move, grade=to))
    ]
    return await adjust(
        session, there_and_back, cause=cause, actor=actor, kind=MovementKind.REGRADE
    )


async def ship(
    session: AsyncSession,
    owner: str,
    pieces: Pieces,
    *,
    cause: str,
    buyer: str | None = None,
    actor: str | None = None,
) -> None:
    """Move pieces that are promised to `owner` for good out of their warehouses.

    `cause` names the document (`shipment:<number>`), `buyer` who has them then, where that is not
    `owner`: batches and serials are looked for there when they come back or are recalled. Raises
    `NothingToShip` with what is left of each promise that has less, so nothing leaves twice,
    `BatchShort` where what is left is of batches that may not be sold, and `SerialsMissing`. Of
    kits leaves what was promised with them.
    """
    reservations = ReservationRepository(session)
    pieces = await _require_open(reservations, owner, pieces, {ReservationState.COMMITTED})
    await reservations.ship(owner, pieces, cause=cause, actor=actor)
    moves = [Move(sku_id, there, -n) for (sku_id, there), n in pieces.items()]
    has = buyer or owner
    await send_serials(session, _leaving(moves), document=cause, owner=has, actor=actor)
    await follow_batches(session, MovementKind.SHIPMENT, moves, cause=cause, actor=actor, owner=has)


async def free(session: AsyncSession, owner: str, pieces: Pieces) -> None:
    """Give pieces that are promised to `owner` back, and keep the rest promised.

    Raises `NothingToShip` with what is left of each promise that has less.
    """
    reservations = ReservationRepository(session)
    states = {ReservationState.HELD, ReservationState.COMMITTED}
    await reservations.free(owner, await _require_open(reservations, owner, pieces, states))


async def _require_open(
    reservations: ReservationRepository,
    owner: str,
    pieces: Pieces,
    states: Collection[ReservationState],
) -> Pieces:
    """What that takes of promises: of kits their components."""
    found = await reservations.open(owner, pieces)
    short = [
        {
            "sku_id": str(row.sku_id),
            "warehouse_id": str(row.warehouse_id),
            "promised": row.open if row.state in states else 0,
        }
        for row in found
        if row.pieces < 1 or row.state not in states or row.open < row.pieces
    ]
    if short or not pieces:
        raise NothingToShip("Less is promised there", rows=short)
    return {(row.sku_id, row.warehouse_id): row.pieces for row in found}


def _leaving(moves: Sequence[Move]) -> dict[UUID, int]:
    pieces: dict[UUID, int] = {}
    for move in moves:
        pieces[move.sku_id] = pieces.get(move.sku_id, 0) - move.quantity
    return pieces


def _count(row: Any, grade: StockGrade) -> tuple[int, int]:
    """Pieces of a grade, and how many of them are promised."""
    if row is None:
        return 0, 0
    if grade is StockGrade.SELLABLE:
        return row.on_hand, row.reserved
    return getattr(row, grade), 0


async def record(
    session: AsyncSession,
    kind: MovementKind,
    moves: Sequence[Move],
    *,
    cause: str,
    actor: str | None,
    owner: str | None = None,
) -> list[Movement]:
    """Record movements; whether there are enough pieces, the caller has looked.

    Raises `UnknownStock` for a SKU or warehouse that does not exist, and `BatchShort`.
    """
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
        [(m.sku_id, m.warehouse_id, m.quantity, m.note, m.grade.value) for m in moves],
        cause=cause,
        actor=actor,
    )
    await follow_batches(session, kind, moves, cause=cause, actor=actor, owner=owner)
    return [_movement(row) for row in rows]


def _movement(row: Any) -> Movement:
    return Movement(
        id=row.id,
        created_at=row.created_at,
        sku_id=row.sku_id,
        warehouse_id=row.warehouse_id,
        kind=MovementKind(row.kind),
        grade=StockGrade(row.grade),
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
