"""Whether an order may be cancelled, and what that takes."""

from enum import StrEnum

from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.core.errors import DomainError
from app.services.orders.engine.states import IllegalTransition


class Cancellation(StrEnum):
    """What cancelling takes: closing an open payment, returning money, or nothing any more."""

    CLOSE = "close"
    REFUND = "refund"
    DONE = "done"


class AlreadyShipped(DomainError):
    slug, title, title_zh = "already-shipped", "The order is already on its way", "订单已发货"


class BeingPicked(DomainError):
    slug, title, title_zh = (
        "being-picked",
        "The warehouse is working on the order already",
        "订单正在配货，无法自行取消",
    )


HERE = frozenset(
    {FulfilmentStatus.UNFULFILLED, FulfilmentStatus.RETURNED, FulfilmentStatus.CANCELLED}
)
"""Statuses of an order whose goods are all in the warehouse and untouched."""


def cancellation(
    state: OrderState,
    payment: PaymentStatus,
    fulfilment: FulfilmentStatus,
    *,
    may_stop_picking: bool = False,
) -> Cancellation:
    """Return how to cancel an order in these states; a cancelled one is `DONE`.

    Raises `BeingPicked` while a warehouse works on it, which only staff may stop, `AlreadyShipped`
    once anything has left and did not come back, and `IllegalTransition` when it is completed.
    """
    if state in {OrderState.CANCELLED, OrderState.CANCELLING}:
        return Cancellation.DONE
    if state == OrderState.COMPLETED:
        raise IllegalTransition(
            "A completed order cannot be cancelled", current=state, target=OrderState.CANCELLED
        )
    if fulfilment == FulfilmentStatus.PICKING:
        if not may_stop_picking:
            raise BeingPicked("Ask the shop to stop it", fulfilment_status=fulfilment)
    elif fulfilment not in HERE:
        raise AlreadyShipped("Ask for a return instead", fulfilment_status=fulfilment)
    return Cancellation.CLOSE if payment == PaymentStatus.AWAITING else Cancellation.REFUND
