"""The life of an order as data: one table of legal moves per axis."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus, ReturnStatus
from app.core.enums.payments import PlanState
from app.core.errors import DomainError

ORDER: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.OPEN: frozenset({OrderState.CANCELLING, OrderState.CANCELLED, OrderState.COMPLETED}),
    # Money that arrives while a payment is being closed wins: the order is open again.
    OrderState.CANCELLING: frozenset({OrderState.OPEN, OrderState.CANCELLED}),
    OrderState.CANCELLED: frozenset(),
    OrderState.COMPLETED: frozenset(),
}

PAYMENT: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.AWAITING: frozenset({PaymentStatus.PAID, PaymentStatus.CLOSED}),
    PaymentStatus.PAID: frozenset({PaymentStatus.PARTLY_REFUNDED, PaymentStatus.REFUNDED}),
    PaymentStatus.PARTLY_REFUNDED: frozenset({PaymentStatus.REFUNDED}),
    PaymentStatus.REFUNDED: frozenset(),
    PaymentStatus.CLOSED: frozenset(),
}

_SENT = {
    FulfilmentStatus.SHIPPED,
    FulfilmentStatus.PARTLY_SHIPPED,
    FulfilmentStatus.DELIVERED,
    FulfilmentStatus.RETURNED,
}

FULFILMENT: Mapping[FulfilmentStatus, frozenset[FulfilmentStatus]] = {
    FulfilmentStatus.UNFULFILLED: frozenset(
        {FulfilmentStatus.PICKING, FulfilmentStatus.CANCELLED} | _SENT
    ),
    # Picking may be called off, and the order with it.
    FulfilmentStatus.PICKING: frozenset(
        {FulfilmentStatus.UNFULFILLED, FulfilmentStatus.CANCELLED} | _SENT
    ),
    FulfilmentStatus.PARTLY_SHIPPED: frozenset(_SENT - {FulfilmentStatus.PARTLY_SHIPPED}),
    # More may be promised to an order of which everything had left.
    FulfilmentStatus.SHIPPED: frozenset(_SENT - {FulfilmentStatus.SHIPPED}),
    FulfilmentStatus.DELIVERED: frozenset({FulfilmentStatus.PARTLY_SHIPPED}),
    # What came back undelivered may be sent again, or the order falls.
    FulfilmentStatus.RETURNED: frozenset(
        {FulfilmentStatus.PARTLY_SHIPPED, FulfilmentStatus.SHIPPED, FulfilmentStatus.CANCELLED}
    ),
    FulfilmentStatus.CANCELLED: frozenset(),
}

RETURN: Mapping[ReturnStatus, frozenset[ReturnStatus]] = {
    ReturnStatus.NONE: frozenset({ReturnStatus.REQUESTED}),
    ReturnStatus.REQUESTED: frozenset(
        {ReturnStatus.NONE, ReturnStatus.PARTLY_RETURNED, ReturnStatus.RETURNED}
    ),
    ReturnStatus.PARTLY_RETURNED: frozenset({ReturnStatus.REQUESTED, ReturnStatus.RETURNED}),
    ReturnStatus.RETURNED: frozenset(),
}

AXES = (ORDER, PAYMENT, FULFILMENT, RETURN)

A = TypeVar("A", OrderState, PaymentStatus, FulfilmentStatus, ReturnStatus)


class IllegalTransition(DomainError):
    slug, title = "illegal-order-transition", "The order cannot change to that status"
    title_zh = "订单状态不允许此操作"


def advance(axis: Mapping[A, frozenset[A]], current: A, target: A) -> A:
    """Return `target` when the axis allows it, else raise `IllegalTransition`."""
    if target not in axis[current]:
        raise IllegalTransition(f"{current} cannot become {target}", current=current, target=target)
    return target


_WAITING = frozenset({FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PICKING})
_ARRIVED = frozenset({FulfilmentStatus.DELIVERED, FulfilmentStatus.RETURNED})
_GONE = _ARRIVED | {FulfilmentStatus.SHIPPED}


def fulfilment_of(parts: Collection[FulfilmentStatus]) -> FulfilmentStatus:
    """Derive the order's fulfilment status from those of its fulfilments.

    Cancelled parts do not count unless all are cancelled. The order is shipped or delivered once
    all remaining parts are at least that far, and partly shipped once any part has left. What came
    back undelivered counts as arrived, unless nothing else did.
    """
    live = {part for part in parts if part != FulfilmentStatus.CANCELLED}
    if not live:
        return FulfilmentStatus.CANCELLED if parts else FulfilmentStatus.UNFULFILLED
    if live == {FulfilmentStatus.RETURNED}:
        return FulfilmentStatus.RETURNED
    if live <= _ARRIVED:
        return FulfilmentStatus.DELIVERED
    if live <= _GONE:
        return FulfilmentStatus.SHIPPED
    if live <= _WAITING:
        is_picked = FulfilmentStatus.PICKING in live
        return FulfilmentStatus.PICKING if is_picked else FulfilmentStatus.UNFULFILLED
    return FulfilmentStatus.PARTLY_SHIPPED


_PAYMENT_OF = {
    PlanState.NEW: PaymentStatus.AWAITING,
    PlanState.AWAITING: PaymentStatus.AWAITING,
    PlanState.CLOSING: PaymentStatus.AWAITING,
    PlanState.PAID: PaymentStatus.PAID,
    PlanState.PARTLY_REFUNDED: PaymentStatus.PARTLY_REFUNDED,
    PlanState.REFUNDED: PaymentStatus.REFUNDED,
    PlanState.CLOSED: PaymentStatus.CLOSED,
    PlanState.HOLD_FAILED: PaymentStatus.CLOSED,
}


def payment_of(plan: PlanState) -> PaymentStatus:
    """Derive the payment status of an order from the state of its payment plan."""
    return _PAYMENT_OF[plan]
