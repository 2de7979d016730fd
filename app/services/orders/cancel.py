"""Cancelling an order: by the shopper, by staff, by time, and when its goods were lost."""

from collections.abc import Mapping
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus, ReturnStatus
from app.core.enums.payments import PlanState, RefundReason
from app.core.errors import NotFound
from app.repositories.orders import AxesRepository
from app.services import payments, system
from app.services.orders.engine import Cancellation, cancellation
from app.services.orders.errors import UnitsInReturn
from app.services.orders.payment_owner import PAYMENT_OWNER, STOCK_LOST, fall_through

Gateways: TypeAlias = Mapping[str, payments.GatewayPort]

_TERMS = payments.PaymentTerms()

BY_SHOPPER = "cancelled by the shopper"
EXPIRED = "not paid in time"


async def begin_cancel(
    session: AsyncSession, order_id: UUID, *, actor: Actor | None, reason: str
) -> UUID | None:
    """Cancel an order as far as one transaction can; None when that is all the way.

    A paid order is refunded in full, its stock given back. An unpaid one is closed at once, or,
    while a gateway may still take money for it, is `cancelling`: the answer is the payment plan
    for `payments.finish_close`, to be called after the commit. Cancelling again changes nothing.
    Shoppers cancel their own orders only. Raises `NotFound`, `BeingPicked`, `AlreadyShipped`,
    `IllegalTransition`.
    """
    order = await _locked(session, order_id, actor)
    match _cancellation(order, actor):
        case Cancellation.CLOSE:
            return await _close(session, order, actor, reason)
        case Cancellation.REFUND:
            await _give_back(session, order, actor, reason)
    return None


async def cancel_paid(
    session: AsyncSession,
    order_id: UUID,
    *,
    actor: Actor,
    reason: str,
    reason_code: RefundReason,
    number: str | None = None,
    request: Mapping[str, Any] | None = None,
) -> payments.RefundView:
    """Cancel a paid order of which nothing has left; the refund that gives everything back.

    Raises `NotFound`, `BeingPicked`, `AlreadyShipped`, `IllegalTransition`, and `RefundExceeds` for
    an order that has nothing to give back.
    """
    order = await _locked(session, order_id, actor)
    _cancellation(order, actor)
    await _record(session, order, actor, reason)
    refund = await payments.refund_all(
        session,
        order_id,
        reason=reason,
        actor=actor,
        owner=PAYMENT_OWNER,
        number=number,
        reason_code=reason_code,
        request=request,
    )
    await fall_through(session, order, reason, is_paid=True, actor=actor.principal)
    return refund


async def ask_refund(
    session: AsyncSession,
    order_id: UUID,
    *,
    reason_code: RefundReason,
    reason: str | None,
    actor: Actor,
) -> payments.RefundView:
    """A shopper wants everything back of an own order that is paid and has not left.

    Raises as `cancel_paid`, and `RefundRefused` for an order that is not paid or stands no more.
    """
    order = await _locked(session, order_id, actor)
    is_paid = order["payment_status"] in {PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED}
    if not is_paid or order["state"] != OrderState.OPEN:
        raise payments.RefundRefused("There is nothing to give back", state=order["state"])
    return await cancel_paid(
        session, order_id, actor=actor, reason=reason or BY_SHOPPER, reason_code=reason_code
    )


async def cancel_order(
    sessions: Sessions,
    gateways: Gateways,
    order_id: UUID,
    *,
    actor: Actor | None,
    reason: str,
    terms: payments.PaymentTerms = _TERMS,
) -> None:
    """`begin_cancel` in a transaction of its own, then whatever the gateway has to be told."""
    async with unit_of_work(sessions) as session:
        plan_id = await begin_cancel(session, order_id, actor=actor, reason=reason)
    if plan_id is not None:
        await payments.finish_close(sessions, gateways, PAYMENT_OWNER, plan_id, terms=terms)


async def expire(
    sessions: Sessions,
    gateways: Gateways,
    *,
    limit: int,
    terms: payments.PaymentTerms = _TERMS,
) -> int:
    """Close up to `limit` unpaid orders whose time is over; return how many were looked at.

    Several machines may do so at once: the second finds the order cancelled.
    """
    async with unit_of_work(sessions) as session:
        due = await AxesRepository(session).expired(limit)
    for order_id in due:
        await cancel_order(sessions, gateways, order_id, actor=None, reason=EXPIRED, terms=terms)
    return len(due)


async def refund_lost(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `StockLost`: cancel the order and send the whole payment back. Runs again safely."""
    order = await _locked(session, UUID(str(payload["order_id"])), None)
    is_due = order["state"] == OrderState.CANCELLING and order["payment_status"] == "paid"
    if is_due:
        await payments.refund_all(
            session, order["id"], reason=STOCK_LOST, actor=None, owner=PAYMENT_OWNER
        )
        await fall_through(session, order, STOCK_LOST, is_paid=True, is_blameless=True)


def _cancellation(order: RowMapping, actor: Actor | None) -> Cancellation:
    """Only staff stop a warehouse that works on the order already; returns are decided before."""
    found = cancellation(
        OrderState(order["state"]),
        PaymentStatus(order["payment_status"]),
        FulfilmentStatus(order["fulfilment_status"]),
        may_stop_picking=actor is not None and actor.audience is Audience.ADMIN,
    )
    if found is not Cancellation.DONE and order["return_status"] == ReturnStatus.REQUESTED:
        raise UnitsInReturn("Decide about the return first", asked={})
    return found


async def _locked(session: AsyncSession, order_id: UUID, actor: Actor | None) -> RowMapping:
    is_own = actor is not None and actor.audience is Audience.STOREFRONT
    member_id = actor.id if actor is not None and is_own else None
    order = await AxesRepository(session).locked(order_id, member_id=member_id)
    if order is None:
        raise NotFound("No such order")
    return order


async def _close(
    session: AsyncSession, order: RowMapping, actor: Actor | None, reason: str
) -> UUID | None:
    await AxesRepository(session).move(
        order["id"],
        "cancelling",
        state=OrderState.CANCELLING,
        reason=reason,
        actor=actor.principal if actor else None,
    )
    await _record(session, order, actor, reason)
    plan = await payments.begin_close(session, order["id"], reason, owner=PAYMENT_OWNER)
    return plan.id if plan.state is PlanState.CLOSING else None


async def _give_back(
    session: AsyncSession, order: RowMapping, actor: Actor | None, reason: str
) -> None:
    principal = actor.principal if actor else None
    await _record(session, order, actor, reason)
    if order["payable_minor"] and order["payment_status"] != PaymentStatus.REFUNDED:
        await payments.refund_all(
            session, order["id"], reason=reason, actor=actor, owner=PAYMENT_OWNER
        )
    await fall_through(session, order, reason, is_paid=True, actor=principal)


async def _record(
    session: AsyncSession, order: RowMapping, actor: Actor | None, reason: str
) -> None:
    """Staff's cancellations go to the operation log."""
    if actor is not None and actor.audience is not Audience.STOREFRONT:
        await system.record(
            session, actor, "orders.cancel", "order", order["id"], {"reason": reason}
        )
