"""States of plans and attempts, every one against every other."""

from datetime import UTC, datetime
from itertools import permutations, product

import pytest

from app.core.enums.payments import AttemptState, PlanState, TenderKind, TenderState
from app.core.ids import new_id
from app.services.payments import IllegalPlanTransition
from app.services.payments.engine.states import TRANSITIONS, Verdict, check_move, join, judge
from app.services.payments.engine.types import Attempt, Plan, Tender

LEGAL = {
    ("new", "awaiting"),
    ("new", "paid"),
    ("new", "hold_failed"),
    ("awaiting", "paid"),
    ("awaiting", "closing"),
    ("awaiting", "closed"),
    ("closing", "paid"),
    ("closing", "closed"),
    ("paid", "partly_refunded"),
    ("paid", "refunded"),
    ("partly_refunded", "refunded"),
}


@pytest.mark.parametrize(("source", "target"), list(product(PlanState, PlanState)))
def test_a_plan_moves_only_forwards(source: PlanState, target: PlanState) -> None:
    if (source, target) in LEGAL:
        check_move(source, target)
    else:
        with pytest.raises(IllegalPlanTransition):
            check_move(source, target)
    assert set(TRANSITIONS) == set(PlanState)


def test_news_is_joined_whatever_its_order() -> None:
    for order in permutations(AttemptState):
        state = AttemptState.CREATED
        for news in order:
            state = join(join(state, news), news)
        assert state is AttemptState.SUCCEEDED
    for a, b in product(AttemptState, AttemptState):
        assert join(a, b) is join(b, a)


def plan_in(state: PlanState) -> Plan:
    tender = Tender(
        id=new_id(), kind=TenderKind.GATEWAY, amount_minor=100, state=TenderState.PLANNED
    )
    attempt = Attempt(
        id=new_id(),
        tender_id=tender.id,
        channel="alipay",
        out_trade_no="n",
        amount_minor=100,
        currency="CNY",
        state=AttemptState.PENDING,
        expires_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return Plan(
        id=new_id(),
        order_id=new_id(),
        member_id=new_id(),
        currency="CNY",
        payable_minor=100,
        state=state,
        tenders=(tender,),
        attempts=(attempt,),
        transaction_ids=frozenset({("alipay", "known")}),
    )


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (PlanState.AWAITING, Verdict.PAID),
        (PlanState.CLOSING, Verdict.PAID),
        (PlanState.PAID, Verdict.SECOND),
        (PlanState.PARTLY_REFUNDED, Verdict.SECOND),
        (PlanState.REFUNDED, Verdict.SECOND),
        (PlanState.CLOSED, Verdict.LATE),
        (PlanState.HOLD_FAILED, Verdict.LATE),
    ],
)
def test_money_is_judged_by_the_plan_it_meets(state: PlanState, verdict: Verdict) -> None:
    plan = plan_in(state)
    (attempt,) = plan.attempts

    def judged(transaction_id: str = "t", amount_minor: int = 100, currency: str = "CNY") -> str:
        return judge(
            plan,
            attempt,
            transaction_id=transaction_id,
            amount_minor=amount_minor,
            currency=currency,
        )

    assert judged() is verdict
    assert judged("known") is Verdict.DUPLICATE
    assert judged(amount_minor=99) is Verdict.AMOUNT_MISMATCH
    assert judged(amount_minor=101) is Verdict.AMOUNT_MISMATCH
    assert judged(currency="USD") is Verdict.CURRENCY_MISMATCH
