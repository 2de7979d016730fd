"""Goods on their way back: sent by the shopper, received, looked at, or never sent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.after_sales import DamageCause, ReturnAction, ReturnKind, ReturnState
from app.core.enums.tickets import TicketKind
from app.repositories.orders import AfterSalesRepository
from app.services import system
from app.services.orders.after_sales.errors import InspectionExceeds
from app.services.orders.after_sales.events import ReturnInspected
from app.services.orders.after_sales.follow import locked, moved, require_free
from app.services.orders.after_sales.grading import claim_from_supplier, put_on_stock
from app.services.orders.after_sales.kit_pieces import (
    NOTHING_SAID,
    Grades,
    Pieces,
    grade,
)
from app.services.orders.after_sales.mend import take_in
from app.services.orders.after_sales.replace import (
    give_up,
    has_left,
    tell_people,
    tell_replaced,
)
from app.services.orders.engine.after_sales import require_action
from app.services.orders.payment_owner import named
from app.services.orders.shipping.pack import Waybill, require_carrier


async def send_goods(
    session: AsyncSession, return_id: UUID, carrier_code: str, tracking_number: str, *, actor: Actor
) -> RowMapping:
    """The shopper says who brings the goods, or corrects it.

    Raises `NotFound`, `IllegalReturnTransition`, and `UnknownCarrier` for a carrier that brings
    nothing to the seller.
    """
    order, row = await locked(session, return_id, actor)
    require_action(ReturnKind(row["kind"]), ReturnState(row["state"]), ReturnAction.SEND)
    if (row["carrier_code"], row["tracking_number"]) == (carrier_code, tracking_number):
        return row
    if row["carrier_code"] != carrier_code:
        await require_carrier(session, Waybill(carrier_code=carrier_code), row["merchant_id"])
    await AfterSalesRepository(session).waybill(return_id, carrier_code, tracking_number)
    return await moved(session, order, row, ReturnAction.SEND, ReturnState.IN_TRANSIT, actor=actor)


async def receive_goods(
    session: AsyncSession,
    return_id: UUID,
    *,
    version: int,
    actor: Actor,
    note: str | None = None,
    collect_minor: int | None = None,
) -> RowMapping:
    """The parcel is there; nobody has looked into it. What is to be repaired lies frozen.

    `collect_minor` was paid to who brought it: a shopper who pays for sending back owes that.

    Raises `NotFound`, `StaleVersion`, `IllegalReturnTransition`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    if collect_minor is not None:
        await AfterSalesRepository(session).postage(return_id, collect_minor=collect_minor)
    after = await moved(
        session, order, row, ReturnAction.RECEIVE, ReturnState.RECEIVED, actor=actor, note=note
    )
    if row["kind"] == ReturnKind.REPAIR:
        await take_in(session, row, actor=actor)
    return after


async def inspect_goods(
    session: AsyncSession,
    return_id: UUID,
    grades: Mapping[UUID, Grades],
    *,
    version: int,
    actor: Actor,
    note: str | None = None,
    cause: DamageCause | None = None,
    said: Pieces = NOTHING_SAID,
) -> RowMapping:
    """What came back, line by line: resellable and damaged pieces lie on stock as what they are.

    Of kits the pieces are what was `said` of them, else what the kits are. What has no grade is
    refused and the shopper's; where all is, the return is rejected. `cause` says who spoilt what is
    not resellable: a supplier is asked to answer for it. Raises `NotFound`, `StaleVersion`,
    `ReturnClaimed`, `IllegalReturnTransition`, `InspectionExceeds`, `KitPiecesDiffer`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    require_action(ReturnKind(row["kind"]), ReturnState(row["state"]), ReturnAction.INSPECT)
    _require_counts(row, grades)
    await grade(session, row, grades, said)
    is_any = any(sum(each) for each in grades.values())
    target = ReturnState.ACCEPTED if is_any else ReturnState.REJECTED
    if row["is_at_once"] and is_any:
        target = ReturnState.SENT if await has_left(session, row) else ReturnState.SENDING
    after = await moved(session, order, row, ReturnAction.INSPECT, target, actor=actor, note=note)
    await system.publish(session, _inspected(order, after))
    await claim_from_supplier(session, order, after, cause)
    if target is ReturnState.SENT:
        await tell_replaced(session, order, after)
    if not is_any:
        await without_goods(session, order, row)
    elif row["is_at_once"] and _is_short(after):
        subject = f"Too little came back: {row['number']}"
        await tell_people(session, row, TicketKind.GOODS_OWED, subject)
    await put_on_stock(session, row, after, actor=actor)
    return after


async def close_due(sessions: Sessions, *, limit: int) -> int:
    """End up to `limit` returns whose goods were not sent in time; return how many were looked at.

    One transaction each; a second machine finds them closed.
    """
    async with unit_of_work(sessions) as session:
        due = await AfterSalesRepository(session).due(limit)
    for return_id in due:
        async with unit_of_work(sessions) as session:
            order, row = await locked(session, return_id, None)
            if row["state"] == ReturnState.AWAITING_GOODS and row["due_at"] <= order["at"]:
                action, target = ReturnAction.CLOSE, ReturnState.CLOSED
                await moved(session, order, row, action, target, actor=None)
                await without_goods(session, order, row)
    return len(due)


async def without_goods(session: AsyncSession, order: RowMapping, row: RowMapping) -> None:
    """A return ends whose goods did not come: what was to be sent at once stays here.

    Where that has left somebody has to ask for it. Locks stock last.
    """
    if row["is_at_once"] and not await give_up(session, order, row):
        subject = f"Goods of {row['number']} are still out"
        await tell_people(session, row, TicketKind.GOODS_OWED, subject)


def _is_short(row: RowMapping) -> bool:
    """Whether less was accepted than was sent instead."""
    return any(each["accepted"] < each["quantity"] for each in row["lines"])


def _require_counts(row: RowMapping, grades: Mapping[UUID, Grades]) -> None:
    asked = {UUID(each["order_line_id"]): each["quantity"] for each in row["lines"]}
    wrong = {
        str(line_id)
        for line_id in asked.keys() | grades.keys()
        if line_id not in grades or sum(grades[line_id]) > asked.get(line_id, 0)
    }
    if wrong:
        raise InspectionExceeds("Say it of every line, and of no more", lines=sorted(wrong))


def _inspected(order: RowMapping, row: RowMapping) -> ReturnInspected:
    lines: list[dict[str, Any]] = row["lines"]
    return ReturnInspected(
        **named(order),
        return_id=row["id"],
        return_number=row["number"],
        merchant_id=row["merchant_id"],
        warehouse_id=row["warehouse_id"],
        kind=row["kind"],
        reason_code=row["reason_code"],
        line_ids=tuple(UUID(each["order_line_id"]) for each in lines),
        sku_ids=tuple(UUID(each["sku_id"]) for each in lines),
        resellable=tuple(each["resellable"] for each in lines),
        damaged=tuple(each["damaged"] for each in lines),
        scrap=tuple(each["scrap"] for each in lines),
    )
