"""What people have to look at, one matter at a time, and what settles each."""

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, ReviewAction, ReviewKind, ReviewState
from app.core.enums.scopes import Scope
from app.core.errors import StaleVersion
from app.services import payments
from app.services.payments import PlanView
from app.services.payments.ports import GatewayState
from app.services.payments.reviews import ReviewFilter, ReviewView
from tests.factories.payment_invariants import check_always
from tests.factories.payments import BALANCE_TENDER, GATEWAY, Counter, staff
from tests.factories.staff import make_staff
from tests.integration.payments.conftest import Purse


async def opened(counter: Counter, plan: PlanView) -> list[ReviewView]:
    async with unit_of_work(counter.sessions) as session:
        await check_always(session)
        wanted = ReviewFilter(order_id=plan.order_id)
        return await payments.reviews.list_reviews(session, wanted, after=None, limit=50)


async def close(counter: Counter, review: ReviewView, version: int | None = None) -> ReviewView:
    async with unit_of_work(counter.sessions) as session:
        return await payments.reviews.close_review(
            session,
            review.id,
            "spoken to the payer",
            version=version or review.version,
            actor=staff(),
            owner=counter.orders,
        )


async def ask(counter: Counter, review: ReviewView) -> ReviewView:
    return await payments.reviews.ask_again(
        counter.sessions,
        counter.gateways,
        counter.orders,
        review.id,
        actor=staff(),
        terms=counter.terms,
    )


async def started(counter: Counter, purse: Purse) -> PlanView:
    return await counter.start(await counter.open(purse.member_id, 10_000, BALANCE_TENDER, GATEWAY))


async def refund_failed(counter: Counter, purse: Purse) -> PlanView:
    plan = await started(counter, purse)
    await counter.notify(counter.pay(plan))
    await counter.refund_all(plan)
    counter.gateway.refund_state = GatewayState.FAILED
    for _ in range(2):
        await counter.push()
    return plan


@pytest.mark.parametrize("amount_minor", [1, 5_999, 12_000])
async def test_inv_12_money_that_does_not_match_goes_back_when_asked(
    counter: Counter, purse: Purse, amount_minor: int
) -> None:
    """It cannot be closed by a word before; and it never pays, not even the part that is due."""
    plan = await started(counter, purse)
    await counter.notify(counter.pay(plan, amount_minor=amount_minor, transaction_id="t-1"))
    (review,) = await opened(counter, plan)
    assert (review.kind, review.reference) == (ReviewKind.AMOUNT_MISMATCH, "t-1")
    assert (review.amount_minor, review.is_settled) == (amount_minor, False)
    assert review.actions == (ReviewAction.ASK_AGAIN, ReviewAction.ASSIGN)
    with pytest.raises(payments.ReviewUnsettled):
        await close(counter, review)
    counter.gateway.broken = {"refund", "query_refund"}
    assert (await ask(counter, review)).state is ReviewState.OPEN
    counter.gateway.broken = set()
    done = await ask(counter, review)
    assert (done.state, done.actions) == (ReviewState.CLOSED, ())
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, False)
    assert counter.gateway.refunds
    assert await opened(counter, plan) == []
    with pytest.raises(payments.IllegalReviewTransition):
        await ask(counter, review)
    async with unit_of_work(counter.sessions) as session:
        query = text("SELECT action FROM operation_log WHERE object_id = :id ORDER BY id")
        seen = list(await session.scalars(query, {"id": str(review.id)}))
    assert seen == [
        "payments.ask_again",
        "payments.ask_again",
        "payments.close_review",
    ]


async def test_every_matter_of_a_plan_is_kept(counter: Counter, purse: Purse) -> None:
    """The same one once; another one beside it. The plan is free when the last is closed."""
    plan = await started(counter, purse)
    paid = counter.pay(plan)
    await counter.notify(paid, merchant_id="M-9")
    await counter.notify(counter.pay(plan, amount_minor=7, transaction_id="t-2"))
    await counter.notify(counter.pay(plan, amount_minor=8, transaction_id="t-3"))
    found = await opened(counter, plan)
    assert [(each.kind, each.amount_minor) for each in found] == [
        (ReviewKind.AMOUNT_MISMATCH, 8),
        (ReviewKind.AMOUNT_MISMATCH, 7),
        (ReviewKind.MERCHANT_MISMATCH, None),
    ]
    merchant = found[-1]
    assert merchant.actions == (ReviewAction.CLOSE, ReviewAction.ASSIGN)
    with pytest.raises(StaleVersion):
        await close(counter, merchant, version=merchant.version + 1)
    closed = await close(counter, merchant)
    assert (closed.closed_for, closed.state) == ("spoken to the payer", ReviewState.CLOSED)
    with pytest.raises(payments.IllegalReviewTransition):
        await close(counter, merchant)
    assert (await counter.read(plan)).in_review
    assert len(await opened(counter, plan)) == 2


async def test_a_failed_refund_names_its_part_until_it_has_arrived(
    counter: Counter, purse: Purse
) -> None:
    plan = await refund_failed(counter, purse)
    (review,) = await opened(counter, plan)
    assert review.kind is ReviewKind.REFUND_FAILED
    assert review.actions == (
        ReviewAction.RETRY_REFUND,
        ReviewAction.FALL_BACK,
        ReviewAction.ASSIGN,
    )
    assert review.part_id is not None
    with pytest.raises(payments.ReviewUnsettled):
        await close(counter, review)
    await counter.retry_part(review.part_id)
    counter.gateway.refund_state = GatewayState.SUCCEEDED
    counter.gateway.refunds.clear()
    assert (await ask(counter, review)).state is ReviewState.CLOSED
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.REFUNDED, False)


async def test_a_silent_gateway_is_asked_now(counter: Counter, purse: Purse) -> None:
    plan = await started(counter, purse)
    counter.pay(plan)
    counter.gateway.broken = {"query", "close"}
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE payment_attempts SET created_at = now() - interval '4 days'")
        )
    await counter.janitor()
    (review,) = await opened(counter, plan)
    assert review.kind is ReviewKind.UNANSWERED
    assert (await ask(counter, review)).is_settled is False
    counter.gateway.broken = set()
    assert (await ask(counter, review)).state is ReviewState.CLOSED
    assert (await counter.read(plan)).state is PlanState.PAID


@pytest.mark.parametrize("is_closing", [False, True])
async def test_an_account_that_is_gone_is_shown_to_people(
    counter: Counter, purse: Purse, monkeypatch: pytest.MonkeyPatch, is_closing: bool
) -> None:
    """Nobody can be asked about its payments, and what they hold stays held."""
    plan = await started(counter, purse)
    if is_closing:
        await counter.begin_close(plan)
    with monkeypatch.context() as gone:
        gone.setattr(Counter, "gateways", {"wechat": counter.second})
        await counter.janitor()
        (review,) = await opened(counter, plan)
        assert (review.kind, review.is_settled) == (ReviewKind.CHANNEL_GONE, False)
        with pytest.raises(payments.UnknownChannel):
            await ask(counter, review)
    counter.pay(plan)
    assert (await ask(counter, review)).state is ReviewState.CLOSED
    assert (await counter.read(plan)).state is PlanState.PAID


async def test_a_matter_is_handed_to_somebody(counter: Counter, purse: Purse) -> None:
    plan = await refund_failed(counter, purse)
    (review,) = await opened(counter, plan)
    async with unit_of_work(counter.sessions) as session:
        clerk = (await make_staff(session, scopes=[Scope.PAYMENTS_WRITE])).id
        handed = await payments.reviews.assign_review(
            session, review.id, clerk, version=review.version, actor=staff()
        )
        assert handed.assignee == f"admin:{clerk}"
        mine = ReviewFilter(assignee=clerk)
        (found,) = await payments.reviews.list_reviews(session, mine, after=None, limit=5)
        assert found == handed
        with pytest.raises(StaleVersion):
            await payments.reviews.assign_review(
                session, review.id, None, version=review.version, actor=staff()
            )
