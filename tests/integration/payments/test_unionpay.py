"""Orders paid at UnionPay: the real services, the real adapter, a simulator of the wire."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, RefundState
from app.services import payments
from tests.fakes.transactions import watched
from tests.integration.payments.unionpay_counter import UnionPayCounter
from tests.simulators.pki import issue
from tests.simulators.unionpay import MIDDLE, NAME


@pytest.fixture
async def counter(engine: AsyncEngine) -> AsyncIterator[UnionPayCounter]:
    async with engine.connect() as connection:
        outer = await connection.begin()
        counter = UnionPayCounter(watched(connection, join_transaction_mode="create_savepoint"))
        yield counter
        await counter.port.aclose()
        assert not counter.inside, "INV-17"
        await outer.rollback()


async def events(counter: UnionPayCounter) -> list[str | None]:
    async with unit_of_work(counter.sessions) as session:
        rows = await session.execute(text("SELECT outcome FROM gateway_events ORDER BY id"))
        return [row[0] for row in rows]


async def test_an_order_is_paid_and_given_back(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    assert await counter.receive(counter.unionpay.notice(counter.paid(plan))) == "paid"
    assert await counter.books(plan.order_id) == {"clearing": 5_000, "prepaid": 6_000}
    await counter.refund_all(plan, "R261126-ABCDEFGH")
    assert (await counter.push()).succeeded == 0  # taken in is not given back
    assert await counter.books(plan.order_id) == {"clearing": 5_000, "payable": 5_000}
    order = counter.unionpay.find("R261126ABCDEFGH2")
    assert await counter.receive(counter.unionpay.notice(order)) == "succeeded"
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    assert await counter.books(plan.order_id) == {}


async def test_a_refund_is_found_without_its_notice(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    await counter.receive(counter.unionpay.notice(counter.paid(plan)))
    await counter.refund_all(plan)
    await counter.push()
    assert (await counter.push()).succeeded == 1
    assert counter.unionpay.wrong.calls.count("refund") == 1


async def test_m26_a_forged_notice_leaves_no_trace(counter: UnionPayCounter) -> None:
    order = counter.paid(await counter.opened())
    impostor = issue("041@Z@某某公司@1", by=MIDDLE, key_name="mallory")
    for body in (
        counter.unionpay.notice(order, impostor),
        counter.unionpay.notice(order, issue(NAME, key_name="mallory")),
        counter.unionpay.notice(order).replace(b"txnAmt=5000", b"txnAmt=1"),
    ):
        with pytest.raises(payments.SignatureInvalid):
            await counter.receive(body)
    assert await events(counter) == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"merId": "777290058110098"}, "merchant_mismatch"),
        ({"orderId": "F" * 32}, "unknown_order"),
        ({"txnTime": "20260101000000"}, "unknown_order"),
    ],
)
async def test_m27_a_signed_notice_for_somebody_else_pays_nothing(
    counter: UnionPayCounter, changes: dict[str, str], outcome: str
) -> None:
    plan = await counter.opened()
    body = counter.unionpay.notice(counter.paid(plan), **changes)
    assert await counter.receive(body) == outcome
    assert (await counter.read(plan)).state is PlanState.AWAITING


async def test_m27_another_amount_is_kept_apart(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    body = counter.unionpay.notice(counter.paid(plan, 4_999))
    assert await counter.receive(body) == "amount_mismatch"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)
    assert (await counter.books(plan.order_id))["suspense"] == 4_999


async def test_m28_a_notice_repeated_is_applied_once(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    body = counter.unionpay.notice(counter.paid(plan))
    assert [await counter.receive(body) for _ in range(5)] == ["paid"] + ["duplicate"] * 4
    assert counter.orders.count("paid", plan.order_id) == 1


async def test_m29_a_refund_before_its_payment_and_a_failure_after_it(
    counter: UnionPayCounter,
) -> None:
    plan = await counter.opened()
    order = counter.paid(plan)
    early = counter.unionpay.notice(order, txnType="04", reqReserved="X-1")
    assert await counter.receive(early) == "unknown_refund"
    assert await counter.receive(counter.unionpay.notice(order)) == "paid"
    await counter.receive(counter.unionpay.notice(order, respCode="30"))
    assert (await counter.read(plan)).state is PlanState.PAID


async def test_m30_a_notice_of_yesterday_changes_nothing(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    body = counter.unionpay.notice(counter.paid(plan))
    await counter.receive(body)
    before = await counter.books(plan.order_id)
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert await counter.receive(body) == "duplicate"
    assert await counter.books(plan.order_id) == before


async def test_m36_a_page_nobody_opened_keeps_its_number(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    await counter.janitor()
    again = await counter.retry(plan, "unionpay")
    assert again.attempt is not None
    assert plan.attempt is not None
    assert again.attempt.out_trade_no == plan.attempt.out_trade_no


async def test_m37_a_success_the_query_does_not_know(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    order = counter.paid(plan)
    lie = counter.unionpay.notice(order)
    order.code = "05"
    assert await counter.receive(lie) == "contradicted"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)


async def test_a_notice_that_is_late_was_made_good_by_the_janitor(
    counter: UnionPayCounter,
) -> None:
    plan = await counter.opened()
    body = counter.unionpay.notice(counter.paid(plan))
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.PAID
    assert await counter.receive(body) == "duplicate"
    assert counter.orders.count("paid", plan.order_id) == 1


@pytest.mark.parametrize("wrong", ["html", "huge", "forged", "merchant", "other", "lost", "04"])
async def test_m38_nothing_is_believed_that_is_not_an_answer(
    counter: UnionPayCounter, wrong: str
) -> None:
    plan = await counter.opened()
    counter.paid(plan)
    counter.unionpay.wrong.plan = {"query": wrong}
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.AWAITING
    counter.unionpay.wrong.plan = {}
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.PAID


async def test_a_cancelled_order_waits_for_the_payers_time_to_be_over(
    counter: UnionPayCounter,
) -> None:
    """UnionPay closes nothing. Until then somebody may still pay on a page kept open."""
    plan = await counter.opened()
    await counter.begin_close(plan, "cancelled")
    assert (await counter.finish_close(plan)).state is PlanState.CLOSING
    with time_machine.travel(clock.now() + timedelta(minutes=17)):
        assert (await counter.finish_close(plan)).state is PlanState.CLOSED


async def test_who_pays_meanwhile_has_paid(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    await counter.begin_close(plan, "cancelled")
    await counter.finish_close(plan)
    counter.paid(plan)
    assert (await counter.finish_close(plan)).state is PlanState.PAID


async def test_another_channel_must_wait_too(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    counter.terms = payments.PaymentTerms(
        channels=frozenset({"unionpay", "sandbox"}), query_after_seconds=0
    )
    with pytest.raises(payments.GatewayUnreachable):
        await counter.retry(plan, "sandbox")


@pytest.mark.parametrize("wrong", ["lost", "slow"])
async def test_a_refund_whose_answer_was_lost_is_not_made_twice(
    counter: UnionPayCounter, wrong: str
) -> None:
    plan = await counter.opened()
    await counter.receive(counter.unionpay.notice(counter.paid(plan)))
    await counter.refund_all(plan)
    counter.unionpay.wrong.plan = {"refund": wrong}
    assert (await counter.push()).succeeded == 0
    counter.unionpay.wrong.plan = {}
    assert (await counter.push()).succeeded == 1
    assert counter.unionpay.wrong.calls.count("refund") == 1


async def test_a_refund_taken_in_and_then_failed_stays_visible(counter: UnionPayCounter) -> None:
    plan = await counter.opened()
    await counter.receive(counter.unionpay.notice(counter.paid(plan)))
    counter.unionpay.refund_outcome = "05"
    await counter.refund_all(plan, "R261126-ABCDEFGH")
    await counter.push()
    counter.unionpay.find("R261126ABCDEFGH2").code = "30"
    await counter.push()
    await counter.push()
    assert await counter.books(plan.order_id) == {"clearing": 5_000, "payable": 5_000}
    async with unit_of_work(counter.sessions) as session:
        (waiting,) = await payments.list_refunds_of(session, plan.order_id)
    assert waiting.state is RefundState.PENDING
