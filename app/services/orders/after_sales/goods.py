"""Goods on their way back: sent by the shopper, received, looked at, or never sent."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.after_sales import ReturnAction, ReturnState
from app.core.enums.inventory import StockGrade
from app.repositories.orders import AfterSalesRepository
from app.services import inventory, system
from app.services.orders.after_sales.errors import InspectionExceeds
from app.services.orders.after_sales.events import ReturnInspected
from app.services.orders.after_sales.follow import locked, moved, require_free
from app.services.orders.engine.after_sales import require_action
from app.services.orders.payment_owner import named, stock_owner

_GRADES = {"resellable": StockGrade.SELLABLE, "damaged": StockGrade.DAMAGED}


class Grades(NamedTuple):
    """Pieces that can be sold again, that are damaged, that are waste. The rest is refused."""

    resellable: int
    damaged: int
    scrap: int


async def send_goods(
    session: AsyncSession, return_id: UUID, carrier_code: str, tracking_number: str, *, actor: Actor
) -> RowMapping:
    """The shopper says who brings the goods, or corrects it.

    Raises `NotFound`, `IllegalReturnTransition`.
    """
    order, row = await locked(session, return_id, actor)
    require_action(ReturnState(row["state"]), ReturnAction.SEND)
    if (row["carrier_code"], row["tracking_number"]) == (carrier_code, tracking_number):
        return row
    await AfterSalesRepository(session).waybill(return_id, carrier_code, tracking_number)
    return await moved(session, order, row, ReturnAction.SEND, ReturnState.IN_TRANSIT, actor=actor)


async def receive_goods(
    session: AsyncSession, return_id: UUID, *, version: int, actor: Actor, note: str | None = None
) -> RowMapping:
    """The parcel is there; nobody has looked into it.

    Raises `NotFound`, `StaleVersion`, `IllegalReturnTransition`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    return await moved(
        session, order, row, ReturnAction.RECEIVE, ReturnState.RECEIVED, actor=actor, note=note
    )


async def inspect_goods(
    session: AsyncSession,
    return_id: UUID,
    grades: Mapping[UUID, Grades],
    *,
    version: int,
    actor: Actor,
    note: str | None = None,
) -> RowMapping:
    """What came back, line by line: resellable and damaged pieces lie on stock as what they are.

    What has no grade is refused and the shopper's; where all is, the return is rejected. Raises
    `NotFound`, `StaleVersion`, `ReturnClaimed`, `IllegalReturnTransition`, `InspectionExceeds`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    require_action(ReturnState(row["state"]), ReturnAction.INSPECT)
    _require_counts(row, grades)
    await AfterSalesRepository(session).grade(return_id, grades)
    is_any = any(sum(each) for each in grades.values())
    target = ReturnState.ACCEPTED if is_any else ReturnState.REJECTED
    after = await moved(session, order, row, ReturnAction.INSPECT, target, actor=actor, note=note)
    await system.publish(session, _inspected(order, after))
    await put_on_stock(session, row, after, actor=actor)
    return after


async def put_on_stock(
    session: AsyncSession, before: RowMapping, after: RowMapping, *, actor: Actor
) -> None:
    """Take in what a return holds `after` and did not `before`; scrap is thrown away.

    Locks stock last, by SKU.
    """
    moves = [
        inventory.Move(UUID(line["sku_id"]), after["warehouse_id"], more, grade=grade)
        for was, line in zip(before["lines"], after["lines"], strict=True)
        for name, grade in _GRADES.items()
        if (more := line[name] - was[name])
    ]
    if moves:
        moves.sort(key=lambda move: (str(move.sku_id), move.grade))
        await inventory.take_back(
            session,
            moves,
            cause=f"return:{after['number']}",
            actor=actor.principal,
            owner=stock_owner(after["order_id"]),
        )


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
    return len(due)


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
        reason_code=row["reason_code"],
        line_ids=tuple(UUID(each["order_line_id"]) for each in lines),
        sku_ids=tuple(UUID(each["sku_id"]) for each in lines),
        resellable=tuple(each["resellable"] for each in lines),
        damaged=tuple(each["damaged"] for each in lines),
        scrap=tuple(each["scrap"] for each in lines),
    )
