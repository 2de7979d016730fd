"""Fulfilments are split, put together, and sent from elsewhere; no money of an order moves."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentKind, FulfilmentStatus
from app.core.errors import DomainError, InvalidReference
from app.core.ids import new_id, new_number
from app.repositories.orders import RegroupRepository
from app.services import inventory
from app.services.orders.engine.shipping import TooMany, pack
from app.services.orders.shipping.errors import PiecesNotOpen
from app.services.orders.shipping.standing import Part, follow, lock_for, part_of, promised_to


class NotTogether(DomainError):
    slug, title, title_zh = (
        "not-together",
        "Only what waits in one warehouse goes together",
        "仅同一仓库的待发货单可以合并",
    )


class FulfilmentWaits(DomainError):
    """`waits` says for what: only once the goods are there can it be sent from elsewhere."""

    slug, title, title_zh = (
        "fulfilment-waits",
        "Its goods are still to come",
        "该发货单正在等待到货",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOff:
    """Pieces by line of a fulfilment that shall be one of their own; all open ones without them.

    In another warehouse of the same merchant with `warehouse_id`.
    """

    fulfilment_id: UUID
    pieces: Mapping[UUID, int] | None = None
    warehouse_id: UUID | None = None


async def split_off(session: AsyncSession, command: SplitOff, *, actor: Actor) -> UUID:
    """Make a fulfilment of open pieces of another one; its id.

    Goods that go to another warehouse are promised there instead. Raises `NotFound`,
    `PiecesNotOpen` also where nothing would be left behind in the same warehouse,
    `InvalidReference` for a warehouse that is not the merchant's or not in use, `StockMoved`,
    `FulfilmentWaits`.
    """
    order, parts = await lock_for(session, "fulfilments", command.fulfilment_id, actor)
    part = part_of(parts, command.fulfilment_id, actor)
    require_there(part)
    pieces = open_pieces(part, command.pieces)
    there = command.warehouse_id
    is_elsewhere = there is not None and there != part.row["warehouse_id"]
    if is_elsewhere and part.kind is FulfilmentKind.REPAIR:
        raise NotTogether("What was repaired leaves from where it lies")
    if not is_elsewhere and sum(pieces.values()) == sum(each.open for each in part.lines):
        raise PiecesNotOpen("Nothing would be left of it", missing={})
    regroup = RegroupRepository(session)
    if there is not None and is_elsewhere:
        await _require_theirs(regroup, part, there)
    made = new_id()
    number = new_number("F", order["at"])
    await regroup.open(made, number, like=part.id, warehouse_id=there)
    await regroup.move(part.id, made, pieces)
    await regroup.drop_empty(part.id)
    await follow(session, order, "split", actor=actor, is_public=False)
    if there is not None and is_elsewhere:
        await _promise_there(session, order, part, pieces, there)
    return made


async def put_together(
    session: AsyncSession, into_id: UUID, from_id: UUID, *, actor: Actor
) -> None:
    """Put the open pieces of a fulfilment into another one of its order and warehouse.

    What is sent again for a return goes with what is sent for the same return alone. Raises
    `NotFound`, `NotTogether`, `PiecesNotOpen` when nothing of it is open, `FulfilmentWaits`.
    """
    order, parts = await lock_for(session, "fulfilments", into_id, actor)
    into, source = part_of(parts, into_id, actor), part_of(parts, from_id, actor)
    require_there(into)
    require_there(source)
    waits = {FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PICKING}
    is_one_place = into.row["warehouse_id"] == source.row["warehouse_id"]
    is_of_one = into.row["return_id"] == source.row["return_id"]
    if into.id == source.id or not (is_one_place and is_of_one) or into.status not in waits:
        raise NotTogether("Choose two that wait in one warehouse, for one reason")
    regroup = RegroupRepository(session)
    await regroup.move(source.id, into.id, open_pieces(source, None))
    await regroup.drop_empty(source.id)
    await follow(session, order, "put_together", actor=actor, is_public=False)


def require_there(part: Part) -> None:
    """Raise `FulfilmentWaits` where goods are still to come."""
    if part.waits is not None:
        raise FulfilmentWaits("Wait until they are there", waits=dict(part.waits))


def open_pieces(part: Part, wanted: Mapping[UUID, int] | None) -> dict[UUID, int]:
    """Open pieces by line: those wanted, or all. Raises `PiecesNotOpen`."""
    try:
        pieces = pack(part.lines, wanted)
    except TooMany as error:
        missing = {str(line): n for line, n in error.missing.items()}
        raise PiecesNotOpen("Choose of what is open", missing=missing) from error
    if not pieces:
        raise PiecesNotOpen("Nothing of it is open", missing={})
    return pieces


async def _require_theirs(regroup: RegroupRepository, part: Part, warehouse_id: UUID) -> None:
    found = await regroup.warehouse(warehouse_id)
    if found is None or not found["is_active"] or found["merchant_id"] != part.row["merchant_id"]:
        raise InvalidReference("No warehouse of theirs that is in use", field="warehouse_id")


async def _promise_there(
    session: AsyncSession, order: RowMapping, part: Part, pieces: Mapping[UUID, int], there: UUID
) -> None:
    skus = {line.line_id: line.sku_id for line in part.lines}
    by_sku: Counter[UUID] = Counter()
    for line_id, n in pieces.items():
        by_sku[skus[line_id]] += n
    await inventory.move_promise(
        session,
        promised_to(part, order["id"]),
        by_sku,
        member_id=order["member_id"],
        from_id=part.row["warehouse_id"],
        to_id=there,
    )
