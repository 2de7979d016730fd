"""Returns: every state times every action, what can be asked for, how far an order is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.after_sales import NotReturnable, ReturnAction, ReturnKind, ReturnState
from app.core.enums.orders import ReturnStatus
from app.core.enums.payments import AT_FAULT, RefundReason
from app.services.orders.engine.after_sales import (
    AFTER_SALES,
    ASKED,
    OPEN,
    IllegalReturnTransition,
    LineStanding,
    approved,
    reasons_against,
    require_action,
    return_of,
)

S, A, N = ReturnState, ReturnAction, NotReturnable
LEGAL = {
    (S.REQUESTED, A.APPROVE): {S.AWAITING_GOODS, S.ACCEPTED},
    (S.REQUESTED, A.REJECT): {S.REJECTED},
    (S.REQUESTED, A.ESCALATE): {S.ESCALATED},
    (S.REQUESTED, A.CANCEL): {S.CANCELLED},
    (S.ESCALATED, A.APPROVE): {S.AWAITING_GOODS, S.ACCEPTED},
    (S.ESCALATED, A.REJECT): {S.DENIED},
    (S.ESCALATED, A.CANCEL): {S.CANCELLED},
    (S.AWAITING_GOODS, A.SEND): {S.IN_TRANSIT},
    (S.AWAITING_GOODS, A.RECEIVE): {S.RECEIVED},
    (S.AWAITING_GOODS, A.CANCEL): {S.CANCELLED},
    (S.AWAITING_GOODS, A.CLOSE): {S.CLOSED},
    (S.IN_TRANSIT, A.SEND): {S.IN_TRANSIT},
    (S.IN_TRANSIT, A.RECEIVE): {S.RECEIVED},
    (S.IN_TRANSIT, A.CLOSE): {S.CLOSED},
    (S.RECEIVED, A.INSPECT): {S.ACCEPTED, S.REJECTED},
    (S.ACCEPTED, A.REFUND): {S.REFUNDING, S.REFUNDED},
    (S.ACCEPTED, A.CLOSE): {S.CLOSED},
    (S.REFUNDING, A.REFUND): {S.REFUNDING, S.REFUNDED, S.ACCEPTED},
    (S.REJECTED, A.ESCALATE): {S.ESCALATED},
}
LINE = LineStanding(
    quantity=5, kept=5, shipped=4, cancelled=0, undelivered=0, asked=0, is_final_sale=False
)


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
def test_every_action_in_every_state(state, action):
    targets = LEGAL.get((state, action))
    assert AFTER_SALES[state].get(action) == targets
    if targets is not None:
        require_action(state, action)
        return
    with pytest.raises(IllegalReturnTransition) as refused:
        require_action(state, action)
    assert refused.value.context == {"current": state, "action": action}


def test_what_is_over_has_no_action_but_a_last_word():
    over = {state for state in S if state not in OPEN}
    assert {state for state in over if AFTER_SALES[state]} == {S.REJECTED}
    assert {S.REFUNDING} == OPEN - ASKED


@pytest.mark.parametrize(
    ("kind", "is_inspected", "state"),
    [
        (ReturnKind.REFUND_ONLY, False, S.ACCEPTED),
        (ReturnKind.RETURN, False, S.AWAITING_GOODS),
        (ReturnKind.RETURN, True, S.ACCEPTED),
    ],
)
def test_goods_are_waited_for_once(kind, is_inspected, state):
    assert approved(kind, is_inspected=is_inspected) is state


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({}, 4),
        ({"asked": 3}, 1),
        # Two were refunded after they left, one before.
        ({"kept": 2, "cancelled": 1}, 2),
        ({"kept": 4, "cancelled": 1}, 4),
        # What came back undelivered is refunded, or will be.
        ({"undelivered": 3}, 1),
        ({"kept": 3, "undelivered": 2}, 2),
        ({"kept": 0, "asked": 4}, 0),
        ({"shipped": 0}, 0),
    ],
)
def test_what_is_left_of_a_line(change, left):
    values = {name: getattr(LINE, name) for name in LineStanding.__dataclass_fields__}
    assert LineStanding(**(values | change)).left == left


def against(reason=RefundReason.CHANGED_MIND, *, is_paid=True, is_over=False, **change):
    values = {name: getattr(LINE, name) for name in LineStanding.__dataclass_fields__}
    line = LineStanding(**(values | change))
    return reasons_against(line, reason, is_paid=is_paid, is_over=is_over)


def test_each_reason_against_it():
    assert against() == ()
    assert against(is_paid=False) == (N.NOT_PAID,)
    assert against(is_over=True) == (N.WINDOW_OVER,)
    assert against(shipped=0) == (N.NOT_SHIPPED,)
    assert against(asked=4) == (N.ASKED,)
    assert against(kept=0) == (N.NOTHING_LEFT,)
    assert against(is_paid=False, is_over=True, shipped=0, is_final_sale=True) == (
        N.NOT_PAID,
        N.WINDOW_OVER,
        N.FINAL_SALE,
        N.NOT_SHIPPED,
    )


@pytest.mark.parametrize("reason", [None, *RefundReason])
def test_goods_on_final_sale_come_back_for_a_fault(reason):
    refused = reason is not None and reason not in AT_FAULT
    assert against(reason, is_final_sale=True) == ((N.FINAL_SALE,) if refused else ())


@pytest.mark.parametrize(
    ("states", "back", "status"),
    [
        ((), 0, ReturnStatus.NONE),
        ((S.REJECTED, S.CANCELLED, S.CLOSED, S.DENIED), 0, ReturnStatus.NONE),
        ((S.REFUNDED, S.REQUESTED), 1, ReturnStatus.REQUESTED),
        ((S.REFUNDED,), 0, ReturnStatus.NONE),
        ((S.REFUNDED,), 2, ReturnStatus.PARTLY_RETURNED),
        ((S.REFUNDED,), 3, ReturnStatus.RETURNED),
    ],
)
def test_how_far_an_order_is(states, back, status):
    assert return_of(states, bought=3, back=back) is status


counts = st.integers(min_value=0, max_value=9)


@given(counts, counts, counts, counts, counts, counts)
def test_no_more_is_left_than_left_and_than_is_kept(quantity, refunded, shipped, before, back, ask):
    """`refunded` pieces had left, `before` had not."""
    quantity = max(quantity, shipped + before)
    refunded = min(refunded, shipped)
    line = LineStanding(
        quantity=quantity,
        kept=quantity - refunded - before,
        shipped=shipped,
        cancelled=before,
        undelivered=back,
        asked=ask,
        is_final_sale=False,
    )
    assert 0 <= line.left <= max(0, shipped - refunded - ask)
