"""Orders are received and completed: by their buyers, or by time."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus, ReturnStatus
from app.core.errors import NotFound
from app.core.settings import ShippingSettings
from app.repositories.orders import ArrivalRepository, AxesRepository
from app.services import system
from app.services.orders.engine import ORDER, advance
from app.services.orders.payment_owner import named
from app.services.orders.shipping.errors import NotUnderWay, StillUnderWay
from app.services.orders.shipping.events import OrderCompleted, OrderReceived
from app.services.orders.shipping.standing import ALL_SENT, parts_of

_WAITS = frozenset(
    {FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PICKING, FulfilmentStatus.PARTLY_SHIPPED}
)


async def confirm_receipt(
    session: AsyncSession, order_id: UUID, *, actor: Actor, limits: ShippingSettings
) -> None:
    """Its buyer says that everything arrived; again changes nothing.

    Raises `NotFound`, `NotUnderWay` before all of it has left, `StillUnderWay`.
    """
    order = await AxesRepository(session).locked(order_id, member_id=actor.id)
    if order is None:
        raise NotFound("No such order")
    await _receive(session, order, limits, actor=actor)


async def expect_rest(
    session: AsyncSession, order_id: UUID, before: FulfilmentStatus, *, limits: ShippingSettings
) -> None:
    """Start the clock of a locked order of which the rest is not sent any more, if that is so.

    `before` is how far it was when the rest was still to leave.
    """
    order = await AxesRepository(session).locked(order_id)
    if order is None or order["fulfilment_status"] == before:
        return
    if order["fulfilment_status"] in ALL_SENT:
        is_there = order["fulfilment_status"] == FulfilmentStatus.DELIVERED
        await ArrivalRepository(session).expect(
            order_id,
            limits.received_after_delivery_seconds
            if is_there
            else limits.received_after_shipping_seconds,
        )


async def receive_due(sessions: Sessions, *, limit: int, limits: ShippingSettings) -> int:
    """Take up to `limit` orders for received whose time is over; return how many were looked at.

    Where the rest of an order fell away after the others had left, its time begins now. One
    transaction each; several machines may do so at once.
    """
    async with unit_of_work(sessions) as session:
        await ArrivalRepository(session).expect_rest(
            limit,
            after_shipping_seconds=limits.received_after_shipping_seconds,
            after_delivery_seconds=limits.received_after_delivery_seconds,
        )
        due = await ArrivalRepository(session).arriving(limit)
    for order_id in due:
        async with unit_of_work(sessions) as session:
            order = await AxesRepository(session).locked(order_id)
            if order is not None and await ArrivalRepository(session).is_due(order_id):
                await _receive(session, order, limits, actor=None)
    return len(due)


async def complete_due(sessions: Sessions, *, limit: int) -> int:
    """Complete up to `limit` orders of which nothing can be returned any more."""
    async with unit_of_work(sessions) as session:
        due = await ArrivalRepository(session).completing(limit)
    for order_id in due:
        async with unit_of_work(sessions) as session:
            await _complete(session, order_id)
    return len(due)


async def _receive(
    session: AsyncSession, order: RowMapping, limits: ShippingSettings, *, actor: Actor | None
) -> None:
    if order["received_at"] is not None:
        return
    if order["state"] != OrderState.OPEN or order["fulfilment_status"] not in ALL_SENT:
        raise NotUnderWay(
            "It has not left as a whole", fulfilment_status=order["fulfilment_status"]
        )
    parts = await parts_of(session, order["id"])
    waits = next((part.status for part in parts if part.status in _WAITS), None)
    if waits is not None:
        raise NotUnderWay("Something is sent again and has not left", fulfilment_status=waits)
    odd = await ArrivalRepository(session).odd(order["id"])
    if odd:
        raise StillUnderWay("Wait for the shop", states=odd)
    await ArrivalRepository(session).received(
        order["id"], limits.return_window_seconds, limits.review_after_seconds
    )
    principal: dict[str, Any] = {"actor": actor.principal if actor else None}
    await AxesRepository(session).move(order["id"], "received", **principal)
    await system.publish(session, OrderReceived(**named(order), is_automatic=actor is None))


async def _complete(session: AsyncSession, order_id: UUID) -> None:
    """The second of two machines finds it completed; a return asked for meanwhile stops it."""
    order = await AxesRepository(session).locked(order_id)
    if order is None or order["state"] != OrderState.OPEN:
        return
    is_over = order["completes_at"] is not None and order["completes_at"] <= order["at"]
    is_asked = order["return_status"] == ReturnStatus.REQUESTED
    if not is_over or is_asked or order["payment_status"] == PaymentStatus.AWAITING:
        return
    advance(ORDER, OrderState(order["state"]), OrderState.COMPLETED)
    await ArrivalRepository(session).completed(order_id)
    await AxesRepository(session).move(order_id, "completed", state=OrderState.COMPLETED)
    await system.publish(session, OrderCompleted(**named(order)))
