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


def cancellation(
    state: OrderState, payment: PaymentStatus, fulfilment: FulfilmentStatus
) -> Cancellation:
    """Return how to cancel an order in these states; a cancelled one is `DONE`.

    Raises `AlreadyShipped` once anything has left a warehouse and `IllegalTransition` when the
    order is completed.
    """
    if state in {OrderState.CANCELLED, OrderState.CANCELLING}:
        return Cancellation.DONE
    if state == OrderState.COMPLETED:
        raise IllegalTransition(
            "A completed order cannot be cancelled", current=state, target=OrderState.CANCELLED
        )
    if fulfilment not in {FulfilmentStatus.UNFULFILLED, FulfilmentStatus.CANCELLED}:
        raise AlreadyShipped("Ask for a return instead", fulfilment_status=fulfilment)
    return Cancellation.CLOSE if payment == PaymentStatus.AWAITING else Cancellation.REFUND
