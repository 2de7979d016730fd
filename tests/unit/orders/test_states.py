"""Every state of every axis against every target."""

from itertools import product

import pytest

from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus, ReturnStatus
from app.core.enums.payments import PlanState
from app.services.orders.engine import (
    FULFILMENT,
    ORDER,
    PAYMENT,
    RETURN,
    IllegalTransition,
    advance,
    fulfilment_of,
    payment_of,
)

LEGAL = {
    (OrderState.OPEN, OrderState.CANCELLING),
    (OrderState.OPEN, OrderState.CANCELLED),
    (OrderState.OPEN, OrderState.COMPLETED),
    (OrderState.CANCELLING, OrderState.OPEN),
    (OrderState.CANCELLING, OrderState.CANCELLED),
    (PaymentStatus.AWAITING, PaymentStatus.PAID),
    (PaymentStatus.AWAITING, PaymentStatus.CLOSED),
    (PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED),
    (PaymentStatus.PAID, PaymentStatus.REFUNDED),
    (PaymentStatus.PARTLY_REFUNDED, PaymentStatus.REFUNDED),
    *product(
        (FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PICKING),
        (
            FulfilmentStatus.PARTLY_SHIPPED,
            FulfilmentStatus.SHIPPED,
            FulfilmentStatus.DELIVERED,
            FulfilmentStatus.RETURNED,
            FulfilmentStatus.CANCELLED,
        ),
    ),
    (FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PICKING),
    (FulfilmentStatus.PICKING, FulfilmentStatus.UNFULFILLED),
    (FulfilmentStatus.PARTLY_SHIPPED, FulfilmentStatus.SHIPPED),
    (FulfilmentStatus.PARTLY_SHIPPED, FulfilmentStatus.DELIVERED),
    (FulfilmentStatus.PARTLY_SHIPPED, FulfilmentStatus.RETURNED),
    (FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED),
    (FulfilmentStatus.SHIPPED, FulfilmentStatus.RETURNED),
    (FulfilmentStatus.SHIPPED, FulfilmentStatus.PARTLY_SHIPPED),
    (FulfilmentStatus.DELIVERED, FulfilmentStatus.PARTLY_SHIPPED),
    (FulfilmentStatus.RETURNED, FulfilmentStatus.PARTLY_SHIPPED),
    (FulfilmentStatus.RETURNED, FulfilmentStatus.SHIPPED),
    (FulfilmentStatus.RETURNED, FulfilmentStatus.CANCELLED),
    (ReturnStatus.NONE, ReturnStatus.REQUESTED),
    (ReturnStatus.REQUESTED, ReturnStatus.NONE),
    (ReturnStatus.REQUESTED, ReturnStatus.PARTLY_RETURNED),
    (ReturnStatus.REQUESTED, ReturnStatus.RETURNED),
    (ReturnStatus.PARTLY_RETURNED, ReturnStatus.REQUESTED),
    (ReturnStatus.PARTLY_RETURNED, ReturnStatus.RETURNED),
}
AXES = (
    (ORDER, OrderState),
    (PAYMENT, PaymentStatus),
    (FULFILMENT, FulfilmentStatus),
    (RETURN, ReturnStatus),
)
CELLS = [
    pytest.param(axis, current, target, id=f"{states.__name__}-{current}-{target}")
    for axis, states in AXES
    for current, target in product(states, repeat=2)
]


@pytest.mark.parametrize(("axis", "current", "target"), CELLS)
def test_a_move_is_made_or_refused(axis, current, target):
    if (current, target) in LEGAL:
        assert advance(axis, current, target) is target
    else:
        with pytest.raises(IllegalTransition) as refused:
            advance(axis, current, target)
        assert refused.value.context == {"current": current, "target": target}


@pytest.mark.parametrize(("axis", "states"), AXES)
def test_every_state_has_a_row(axis, states):
    assert set(axis) == set(states)


U, PICK, PART, S, D, R, C = (
    FulfilmentStatus.UNFULFILLED,
    FulfilmentStatus.PICKING,
    FulfilmentStatus.PARTLY_SHIPPED,
    FulfilmentStatus.SHIPPED,
    FulfilmentStatus.DELIVERED,
    FulfilmentStatus.RETURNED,
    FulfilmentStatus.CANCELLED,
)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((), U),
        ((U,), U),
        ((U, U), U),
        ((C, C), C),
        ((C, U), U),
        ((U, S), PART),
        ((U, D), PART),
        ((PART,), PART),
        ((PART, S), PART),
        ((S, S), S),
        ((S, D), S),
        ((C, S), S),
        ((D, D), D),
        ((C, D), D),
        ((PICK, U), PICK),
        ((PICK, S), PART),
        ((R, R), R),
        ((R, C), R),
        ((R, D), D),
        ((R, S), S),
        ((R, U), PART),
    ],
)
def test_an_order_is_as_far_as_its_fulfilments(parts, whole):
    assert fulfilment_of(parts) is whole


@pytest.mark.parametrize("plan", PlanState)
def test_every_plan_state_says_how_the_order_is_paid(plan):
    awaiting = {PlanState.NEW, PlanState.AWAITING, PlanState.CLOSING}
    closed = {PlanState.CLOSED, PlanState.HOLD_FAILED}
    if plan in awaiting:
        assert payment_of(plan) is PaymentStatus.AWAITING
    elif plan in closed:
        assert payment_of(plan) is PaymentStatus.CLOSED
    else:
        assert payment_of(plan).value == plan.value
