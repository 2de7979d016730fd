"""Orders paid at Alipay: the real services, the real adapter, a simulator of the wire."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import unit_of_work
from app.core.enums.payments import AttemptState, PlanState, RefundState
from app.core.ids import new_id
from app.services import payments
from tests.factories.members import make_member
from tests.factories.payments import BALANCE_TENDER, GATEWAY, give_balance, system_balances
from tests.fakes.transactions import watched
from tests.integration.payments.alipay_counter import AlipayCounter

QUERY, CLOSE = "alipay.trade.query", "alipay.trade.close"
REFUND = "alipay.trade.refund"


@pytest.fixture
async def counter(engine: AsyncEngine) -> AsyncIterator[AlipayCounter]:
    async with engine.connect() as connection:
        outer = await connection.begin()
        counter = AlipayCounter(watched(connection, join_transaction_mode="create_savepoint"))
        yield counter
        await counter.port.aclose()
        assert not counter.inside, "INV-17"
        await outer.rollback()


async def opened(counter: AlipayCounter, payable_minor: int = 6_000) -> payments.PlanView:
    async with unit_of_work(counter.sessions) as session:
        member = await make_member(session, id=new_id())
        await give_balance(session, member.id, 1_000)
    plan = await counter.open(member.id, payable_minor, BALANCE_TENDER, GATEWAY)
    return await counter.start(plan)


async def books(counter: AlipayCounter, order_id: UUID) -> dict[str, int]:
    async with unit_of_work(counter.sessions) as session:
        return await system_balances(session, order_id)


async def events(counter: AlipayCounter) -> list[str | None]:
    async with unit_of_work(counter.sessions) as session:
        rows = await session.execute(text("SELECT outcome FROM gateway_events ORDER BY id"))
        return [row[0] for row in rows]


async def test_an_order_is_paid_and_given_back(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    assert await counter.settle(plan) == "paid"
    assert (await counter.read(plan)).state is PlanState.PAID
    assert await books(counter, plan.order_id) == {"clearing": 5_000, "prepaid": 6_000}
    await counter.refund_all(plan, "R1")
    assert (await counter.push()).succeeded == 1
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    assert await books(counter, plan.order_id) == {}
    (trade,) = counter.alipay.trades.values()
    assert (str(trade.refunded), trade.status) == ("50.00", "TRADE_CLOSED")
    reply = await counter.receive(
        counter.alipay.notice(trade, refund_fee="50.00", gmt_refund="x", out_biz_no="R1-2")
    )
    assert reply.outcome == "succeeded"
    assert reply.acknowledgement == "success"


@pytest.mark.parametrize("forgery", ["another key", "no signature", "another amount"])
async def test_m26_a_forged_notice_leaves_no_trace(counter: AlipayCounter, forgery: str) -> None:
    trade = counter.paid(await opened(counter))
    body = {
        "another key": counter.alipay.notice(trade, key_name="mallory"),
        "no signature": counter.alipay.notice(trade).split(b"&sign=")[0],
        "another amount": counter.alipay.notice(trade).replace(b"50.00", b"00.01"),
    }[forgery]
    with pytest.raises(payments.SignatureInvalid):
        await counter.receive(body)
    assert await events(counter) == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"seller_id": "2088000000000009"}, "merchant_mismatch"),
        ({"seller_id": "-"}, "merchant_mismatch"),
        ({"app_id": "2021000000000009"}, "app_mismatch"),
        ({"out_trade_no": "f" * 32}, "unknown_order"),
    ],
)
async def test_m27_a_signed_notice_for_somebody_else_pays_nothing(
    counter: AlipayCounter, changes: dict[str, str], outcome: str
) -> None:
    plan = await opened(counter)
    assert await counter.settle(plan, **changes) == outcome
    after = await counter.read(plan)
    assert after.state is PlanState.AWAITING
    assert after.in_review == (outcome != "unknown_order")


async def test_m27_another_amount_is_kept_apart(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    trade = counter.paid(plan, total="49.99")
    reply = await counter.receive(counter.alipay.notice(trade))
    assert reply.outcome == "amount_mismatch"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)
    found = await books(counter, plan.order_id)
    assert (found["clearing"], found["suspense"]) == (4_999, 4_999)


async def test_m28_a_notice_repeated_is_applied_once(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    body = counter.alipay.notice(counter.paid(plan))
    replies = [await counter.receive(body) for _ in range(10)]
    assert [each.outcome for each in replies] == ["paid"] + ["duplicate"] * 9
    assert {each.acknowledgement for each in replies} == {"success"}
    finished = counter.alipay.notice(counter.trade_of(plan), trade_status="TRADE_FINISHED")
    assert (await counter.receive(finished)).outcome == "duplicate"
    assert counter.orders.count("paid", plan.order_id) == 1


async def test_m28_m30_a_notice_replayed_the_next_day_changes_nothing(
    counter: AlipayCounter,
) -> None:
    """It is old and rightly signed; what it says was applied, so nothing happens."""
    plan = await opened(counter)
    body = counter.alipay.notice(counter.paid(plan))
    await counter.receive(body)
    before = await books(counter, plan.order_id)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        assert (await counter.receive(body)).outcome == "duplicate"
    assert await books(counter, plan.order_id) == before


async def test_m29_a_partial_refund_before_its_payment(counter: AlipayCounter) -> None:
    """`TRADE_SUCCESS` about a refund must not count as the payment, nor get lost as one."""
    plan = await opened(counter)
    trade = counter.paid(plan)
    refund = counter.alipay.notice(trade, refund_fee="1.00", gmt_refund="x", out_biz_no="X-1")
    assert (await counter.receive(refund)).outcome == "unknown_refund"
    assert (await counter.read(plan)).state is PlanState.AWAITING
    assert (await counter.receive(counter.alipay.notice(trade))).outcome == "paid"


async def test_m29_a_time_out_after_the_payment_is_ignored(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    await counter.settle(plan)
    closed = counter.alipay.notice(counter.trade_of(plan), trade_status="TRADE_CLOSED")
    await counter.receive(closed)
    assert (await counter.read(plan)).state is PlanState.PAID


async def test_m32_a_notice_ahead_of_its_order_waits(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    assert plan.attempt is not None
    number = plan.attempt.out_trade_no
    body = counter.alipay.notice(counter.paid(plan))
    move = text("UPDATE payment_attempts SET out_trade_no = :to WHERE out_trade_no = :since")
    async with unit_of_work(counter.sessions) as session:
        await session.execute(move, {"to": "not-yet", "since": number})
    assert (await counter.receive(body)).outcome == "unknown_order"
    async with unit_of_work(counter.sessions) as session:
        await session.execute(move, {"to": number, "since": "not-yet"})
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.PAID


async def test_a_notice_that_is_late_was_made_good_by_the_janitor(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    body = counter.alipay.notice(counter.paid(plan))
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.PAID
    assert (await counter.receive(body)).outcome == "duplicate"
    assert counter.orders.count("paid", plan.order_id) == 1


async def test_m36_a_page_nobody_opened_keeps_its_number(counter: AlipayCounter) -> None:
    """Alipay does not know it until then; asking again must not make another payment."""
    plan = await opened(counter)
    assert plan.attempt is not None
    await counter.janitor()
    again = await counter.retry(plan, "alipay")
    assert again.attempt is not None
    assert again.attempt.out_trade_no == plan.attempt.out_trade_no


async def test_m37_a_success_the_query_does_not_know(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    trade = counter.trade_of(plan)
    lie = counter.alipay.notice(trade, trade_status="TRADE_SUCCESS")
    assert (await counter.receive(lie)).outcome == "contradicted"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)


@pytest.mark.parametrize(
    "wrong", ["html", "huge", "forged", "unsigned", "lost", "isp.unknow-error"]
)
async def test_m38_nothing_is_believed_that_is_not_an_answer(
    counter: AlipayCounter, wrong: str
) -> None:
    plan = await opened(counter)
    counter.paid(plan)
    counter.alipay.wrong.plan = {QUERY: wrong}
    with pytest.raises(payments.GatewayUnreachable):
        await counter.settle(plan)
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.AWAITING
    counter.alipay.wrong.plan = {}
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.PAID


async def test_a_cancellation_closes_there_first(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    counter.trade_of(plan)
    await counter.begin_close(plan, "cancelled")
    counter.alipay.wrong.plan = {CLOSE: "lost"}
    assert (await counter.finish_close(plan)).state is PlanState.CLOSING
    counter.alipay.wrong.plan = {}
    assert (await counter.finish_close(plan)).state is PlanState.CLOSED
    assert counter.trade_of(plan).status == "TRADE_CLOSED"


async def test_a_cancellation_that_comes_too_late_is_a_payment(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    counter.paid(plan)
    await counter.begin_close(plan, "cancelled")
    assert (await counter.finish_close(plan)).state is PlanState.PAID


async def test_money_on_a_page_kept_open_goes_back(counter: AlipayCounter) -> None:
    """Nothing exists at Alipay until the page is opened, so a cancellation cannot stop that."""
    plan = await opened(counter)
    await counter.begin_close(plan, "cancelled")
    assert (await counter.finish_close(plan)).state is PlanState.CLOSED
    assert await counter.settle(plan) == "late"
    found = await books(counter, plan.order_id)
    assert (found["clearing"], found["suspense"]) == (5_000, 5_000)
    await counter.push()
    assert await books(counter, plan.order_id) == {}
    assert str(counter.trade_of(plan).refunded) == "50.00"


async def test_a_refund_taken_in_and_carried_out_later(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    await counter.settle(plan)
    await counter.refund_all(plan, "R1")
    counter.alipay.refund_result = "N"
    assert (await counter.push()).succeeded == 0
    assert await books(counter, plan.order_id) == {"clearing": 5_000, "payable": 5_000}
    counter.alipay.refund_result = "Y"
    assert (await counter.push()).succeeded == 1
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    assert list(counter.trade_of(plan).refunds) == ["R1-2"]


async def test_a_refund_whose_answer_was_lost_is_not_made_twice(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    await counter.settle(plan)
    await counter.refund_all(plan, "R1")
    counter.alipay.wrong.plan = {REFUND: "lost"}
    assert (await counter.push()).succeeded == 0
    counter.alipay.wrong.plan = {}
    assert (await counter.push()).succeeded == 1
    assert counter.alipay.wrong.calls.count(REFUND) == 1
    assert str(counter.trade_of(plan).refunded) == "50.00"


async def test_a_refund_pending_and_then_refused_stays_visible(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    await counter.settle(plan)
    await counter.refund_all(plan, "R1")
    counter.alipay.refund_result = "N"
    await counter.push()
    counter.alipay.refund_result = "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    await counter.push()
    assert (await counter.read(plan)).in_review
    assert await books(counter, plan.order_id) == {"clearing": 5_000, "payable": 5_000}
    counter.alipay.refund_result = "Y"
    await counter.push()
    async with unit_of_work(counter.sessions) as session:
        (done,) = await payments.list_refunds_of(session, plan.order_id)
    assert done.state is RefundState.SUCCEEDED


async def test_an_expired_page_is_closed_by_alipay_itself(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    trade = counter.trade_of(plan)
    trade.status = "TRADE_CLOSED"
    await counter.receive(counter.alipay.notice(trade))
    after = await counter.read(plan)
    assert (after.state, after.attempt and after.attempt.state) == (
        PlanState.AWAITING,
        AttemptState.CLOSED,
    )
