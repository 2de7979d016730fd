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
    for_money,
    reasons_against,
    require_action,
    return_of,
)

S, A, N = ReturnState, ReturnAction, NotReturnable
K = ReturnKind
EVERY = frozenset(ReturnKind)
BACK = frozenset({K.RETURN, K.EXCHANGE, K.REPAIR})
GRADED = frozenset({K.RETURN, K.EXCHANGE})
GOODS = frozenset({K.EXCHANGE, K.REPAIR, K.RESHIP})
CHARGED = (S.AWAITING_GOODS, S.IN_TRANSIT, S.RECEIVED, S.ACCEPTED)
# What may follow, and of which kinds.
LEGAL = [
    (S.REQUESTED, A.APPROVE, S.AWAITING_GOODS, BACK),
    (S.REQUESTED, A.APPROVE, S.ACCEPTED, GRADED | {K.REFUND_ONLY}),
    (S.REQUESTED, A.APPROVE, S.SENDING, {K.RESHIP}),
    (S.REQUESTED, A.REJECT, S.REJECTED, EVERY),
    (S.REQUESTED, A.ESCALATE, S.ESCALATED, EVERY),
    (S.REQUESTED, A.CANCEL, S.CANCELLED, EVERY),
    (S.ESCALATED, A.APPROVE, S.AWAITING_GOODS, BACK),
    (S.ESCALATED, A.APPROVE, S.ACCEPTED, GRADED | {K.REFUND_ONLY}),
    (S.ESCALATED, A.APPROVE, S.SENDING, {K.RESHIP, K.EXCHANGE}),
    (S.ESCALATED, A.APPROVE, S.SENT, {K.EXCHANGE}),
    (S.ESCALATED, A.REJECT, S.DENIED, EVERY),
    (S.ESCALATED, A.REJECT, S.ACCEPTED, GRADED),
    (S.ESCALATED, A.CANCEL, S.CANCELLED, EVERY),
    (S.ESCALATED, A.CANCEL, S.ACCEPTED, GRADED),
    (S.AWAITING_GOODS, A.SEND, S.IN_TRANSIT, BACK),
    (S.AWAITING_GOODS, A.RECEIVE, S.RECEIVED, BACK),
    (S.AWAITING_GOODS, A.CANCEL, S.CANCELLED, BACK),
    (S.AWAITING_GOODS, A.CLOSE, S.CLOSED, BACK),
    (S.IN_TRANSIT, A.SEND, S.IN_TRANSIT, BACK),
    (S.IN_TRANSIT, A.RECEIVE, S.RECEIVED, BACK),
    (S.IN_TRANSIT, A.CLOSE, S.CLOSED, BACK),
    (S.RECEIVED, A.INSPECT, S.ACCEPTED, GRADED),
    (S.RECEIVED, A.INSPECT, S.REJECTED, GRADED),
    (S.RECEIVED, A.INSPECT, S.SENDING, {K.EXCHANGE}),
    (S.RECEIVED, A.INSPECT, S.SENT, {K.EXCHANGE}),
    (S.RECEIVED, A.ASK_FEE, S.RECEIVED, {K.REPAIR}),
    (S.RECEIVED, A.MEND, S.SENDING, {K.REPAIR}),
    (S.RECEIVED, A.MEND, S.ACCEPTED, {K.REPAIR}),
    (S.ACCEPTED, A.REFUND, S.REFUNDING, EVERY),
    (S.ACCEPTED, A.REFUND, S.REFUNDED, EVERY),
    (S.ACCEPTED, A.REPLACE, S.SENDING, GOODS),
    (S.ACCEPTED, A.ESCALATE, S.ESCALATED, GRADED),
    (S.ACCEPTED, A.CLOSE, S.CLOSED, EVERY),
    (S.REFUNDING, A.REFUND, S.REFUNDING, EVERY),
    (S.REFUNDING, A.REFUND, S.REFUNDED, EVERY),
    (S.REFUNDING, A.REFUND, S.ACCEPTED, EVERY),
    *((at, A.CHARGE, at, {K.EXCHANGE}) for at in CHARGED),
    (S.SENDING, A.SHIP, S.SENT, GOODS),
    (S.SENDING, A.CALL_OFF, S.ACCEPTED, GOODS),
    (S.SENDING, A.CALL_OFF, S.RECEIVED, {K.REPAIR}),
    (S.REJECTED, A.ESCALATE, S.ESCALATED, EVERY),
]
LINE = LineStanding(
    quantity=5, kept=5, shipped=4, cancelled=0, undelivered=0, asked=0, is_final_sale=False
)


@pytest.mark.parametrize("kind", K)
@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
def test_every_action_in_every_state_of_every_kind(kind, state, action):
    targets = {
        target
        for at, does, target, kinds in LEGAL
        if (at, does) == (state, action) and kind in kinds
    }
    assert AFTER_SALES[kind][state].get(action, set()) == targets
    if targets:
        require_action(kind, state, action)
        return
    with pytest.raises(IllegalReturnTransition) as refused:
        require_action(kind, state, action)
    assert refused.value.context == {"current": state, "action": action, "kind": kind}


@pytest.mark.parametrize("kind", K)
def test_what_is_over_has_no_action_but_a_last_word(kind):
    over = {state for state in S if state not in OPEN}
    assert {state for state in over if AFTER_SALES[kind][state]} == {S.REJECTED}
    assert {S.REFUNDING} == OPEN - ASKED


@pytest.mark.parametrize("kind", K)
def test_money_takes_the_place_of_goods(kind):
    money = for_money(kind)
    assert money in {K.RETURN, K.REFUND_ONLY}
    assert for_money(money) is money
    assert (money is K.RETURN) == (kind in BACK)


@pytest.mark.parametrize(
    ("kind", "is_inspected", "state"),
    [
        (ReturnKind.REFUND_ONLY, False, S.ACCEPTED),
        (ReturnKind.RETURN, False, S.AWAITING_GOODS),
        (ReturnKind.RETURN, True, S.ACCEPTED),
        (ReturnKind.EXCHANGE, False, S.AWAITING_GOODS),
        (ReturnKind.EXCHANGE, True, S.ACCEPTED),
        (ReturnKind.REPAIR, False, S.AWAITING_GOODS),
        (ReturnKind.RESHIP, False, S.SENDING),
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
    assert LineStanding(**(values | change)).left() == left


def against(reason=RefundReason.CHANGED_MIND, *, kind=None, is_paid=True, is_over=False, **change):
    values = {name: getattr(LINE, name) for name in LineStanding.__dataclass_fields__}
    line = LineStanding(**(values | change))
    return reasons_against(line, reason, kind=kind, is_paid=is_paid, is_over=is_over)


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


@pytest.mark.parametrize("reason", RefundReason)
def test_only_what_the_shop_answers_for_is_sent_again(reason):
    refused = reason not in AT_FAULT
    assert against(reason, kind=K.RESHIP) == ((N.NO_FAULT,) if refused else ())


def test_what_came_back_undelivered_can_be_sent_again_only():
    assert against(undelivered=4) == (N.NOTHING_LEFT,)
    assert against(RefundReason.NOT_DELIVERED, kind=K.RESHIP, undelivered=4) == ()


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
    assert 0 <= line.left() <= max(0, shipped - refunded - ask)
