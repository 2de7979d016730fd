"""What becomes of an order when its payment does: the orders' side of the plan's port.

Called in the transaction that moves the plan, so money, order, stock and coupons move together.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.core.enums.payments import PlanState
from app.core.errors import NotFound
from app.repositories.orders import AxesRepository
from app.services import delivery, inventory, payments, pricing, promotions, system
from app.services.orders.charge_owner import CHARGES
from app.services.orders.engine import ORDER, PAYMENT, advance, payment_of
from app.services.orders.events import OrderCancelled, OrderPaid, OrderRefunded, StockLost
from app.services.orders.paid_rows import paid_rows
from app.services.payments import PaidRow

STOCK_LOST = "out-of-stock"
"""Why an order is cancelled whose goods were sold before its late payment arrived."""


def stock_owner(order_id: UUID) -> str:
    """Who holds an order's stock."""
    return f"order:{order_id}"


class OrderPayments:
    """Implements `payments.PlanOwner`; has no state."""

    async def lock(self, session: AsyncSession, order_id: UUID) -> None:
        """Lock the order, which comes before its plan."""
        await _locked(session, order_id)

    async def paid(self, session: AsyncSession, order_id: UUID) -> None:
        """The order is paid; its stock and coupons are its own now.

        Stock that was freed meanwhile is taken anew. Where it is gone the order is being
        cancelled, and `StockLost` has the money sent back (reliability S4).
        """
        order = await _locked(session, order_id)
        advance(PAYMENT, PaymentStatus(order["payment_status"]), PaymentStatus.PAID)
        has_stock = await inventory.commit(session, stock_owner(order_id))
        await AxesRepository(session).move(
            order_id,
            "paid",
            state=OrderState.OPEN if has_stock else OrderState.CANCELLING,
            payment_status=PaymentStatus.PAID,
            reason=None if has_stock else STOCK_LOST,
            data=_paid(order["payable_minor"], order["currency"]),
        )
        await pricing.settle_quota(session, order_id)
        facts = named(order)
        payable = {"payable_minor": order["payable_minor"], "currency": order["currency"]}
        if has_stock:
            await promotions.consume_uses(session, order_id)
            await system.publish(session, OrderPaid(**facts, **payable))
        else:
            await system.publish(session, OrderPaid(**facts, **payable), StockLost(**facts))

    async def paid_when_placed(
        self, session: AsyncSession, order_id: UUID, facts: Mapping[str, Any]
    ) -> None:
        """A new order that nothing is left to pay of; its stock is promised for good right after.

        `facts` are those of `OrderPaid`.
        """
        await AxesRepository(session).move(
            order_id,
            "paid",
            state=OrderState.OPEN,
            payment_status=PaymentStatus.PAID,
            data=_paid(facts["payable_minor"], facts["currency"]),
        )
        await system.publish(session, OrderPaid(**facts))

    async def closed(self, session: AsyncSession, order_id: UUID, reason: str) -> None:
        """Nothing will be paid: the order is cancelled and gives back what it held."""
        order = await _locked(session, order_id)
        await fall_through(session, order, reason, is_paid=False)

    async def gives_back(
        self, session: AsyncSession, order_id: UUID, back: payments.GivingBack
    ) -> None:
        """What an order had taken is prepaid or earned, and goes back from there."""

    async def refunded(
        self, session: AsyncSession, order_id: UUID, back: Mapping[str, Any]
    ) -> None:
        """Money went back, of which the timeline tells: the payment status follows the plan."""
        order = await _locked(session, order_id)
        plan = await AxesRepository(session).plan_state(order_id)
        if plan is None:
            raise NotFound("No such payment plan")
        status = payment_of(PlanState(plan))
        if status == order["payment_status"]:
            await AxesRepository(session).move(order_id, "refunded", data=back)
            return
        advance(PAYMENT, PaymentStatus(order["payment_status"]), status)
        await AxesRepository(session).move(order_id, "refunded", payment_status=status, data=back)
        await system.publish(session, OrderRefunded(**named(order), payment_status=status))

    async def rows(self, session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]:
        """What the payment is attributed to."""
        return await paid_rows(session, order_id)


PAYMENT_OWNER = OrderPayments()
PLAN_OWNER = payments.OwnerByPlan(PAYMENT_OWNER, CHARGES)
"""Of whatever plan: for the edge, which learns of payments before it knows what they pay for."""


def of_orders(
    handler: Callable[[AsyncSession, Mapping[str, Any]], Awaitable[None]],
) -> Callable[[AsyncSession, Mapping[str, Any]], Awaitable[None]]:
    """`handler` for facts of payments that are orders'; those of top-ups pass by."""

    @wraps(handler)
    async def checked(session: AsyncSession, payload: Mapping[str, Any]) -> None:
        order_id = UUID(str(payload["order_id"]))
        if await AxesRepository(session).locked(order_id) is not None:
            await handler(session, payload)

    return checked


async def fall_through(
    session: AsyncSession,
    order: RowMapping,
    reason: str,
    *,
    is_paid: bool,
    is_blameless: bool = False,
    actor: str | None = None,
) -> None:
    """Cancel a locked order: slot, stock, quotas, coupons go back, in the order of locks.

    Coupons of a paid order return by their own rule, unless the shop is to blame.
    """
    order_id = order["id"]
    advance(ORDER, OrderState(order["state"]), OrderState.CANCELLED)
    kept_reason = order["cancel_reason"] or reason
    await AxesRepository(session).move(
        order_id,
        "cancelled",
        state=OrderState.CANCELLED,
        payment_status=None if is_paid else PaymentStatus.CLOSED,
        fulfilment_status=FulfilmentStatus.CANCELLED,
        reason=kept_reason,
        actor=actor,
    )
    await pricing.release_purchase_limits(session, order_id)
    await delivery.release_slot(session, order_id)
    await inventory.release(session, stock_owner(order_id))
    await pricing.release_quota(session, order_id)
    grace_days = await AxesRepository(session).grace_days(order_id) if is_paid else None
    await promotions.release_uses(
        session,
        order_id,
        was_paid=is_paid,
        is_blameless=is_blameless,
        grace_days=promotions.COUPON_GRACE_DAYS if grace_days is None else grace_days,
    )
    await system.publish(
        session, OrderCancelled(**named(order), reason=kept_reason, was_paid=is_paid)
    )


def _paid(amount_minor: int, currency: str) -> dict[str, Any]:
    """What the timeline says of a payment."""
    return {"amount_minor": amount_minor, "currency": currency}


async def _locked(session: AsyncSession, order_id: UUID) -> RowMapping:
    order = await AxesRepository(session).locked(order_id)
    if order is None:
        raise NotFound("No such order")
    return order


def named(order: RowMapping) -> dict[str, Any]:
    """What every fact of an order says."""
    return {
        "order_id": order["id"],
        "number": order["number"],
        "member_id": order["member_id"],
        "channel_id": order["channel_id"],
    }
