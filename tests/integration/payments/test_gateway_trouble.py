"""Gateways that time out, lose answers, stay silent or are not who they say (M26 to M38)."""

import asyncio

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import AttemptState, PlanState, RefundState, TenderKind
from app.services import payments
from app.services.payments.ports import GatewayPayment, GatewayState
from tests.factories.payments import BALANCE_TENDER, GATEWAY, TERMS, Counter, system_balances
from tests.integration.payments.conftest import Purse


async def opened(counter: Counter, purse: Purse) -> payments.PlanView:
    return await counter.open(purse.member_id, 6_000, GATEWAY)


async def events(counter: Counter) -> list[tuple[str | None, bool]]:
    async with unit_of_work(counter.sessions) as session:
        rows = await session.execute(
            text("SELECT outcome, processed_at IS NOT NULL FROM gateway_events ORDER BY id")
        )
        return [(row[0], row[1]) for row in rows]


@pytest.mark.parametrize("signature", ["", "0" * 64, "不是"])
async def test_m26_a_notice_that_is_not_signed_leaves_no_trace(
    counter: Counter, purse: Purse, signature: str
) -> None:
    plan = await counter.start(await opened(counter, purse))
    _, body = counter.gateway.notice(counter.pay(plan))
    with pytest.raises(payments.SignatureInvalid):
        await payments.receive_notice(
            counter.sessions,
            counter.gateways,
            counter.orders,
            "alipay",
            {"x-signature": signature} if signature.isascii() else {},
            body,
            at=clock.now(),
            terms=TERMS,
        )
    assert await events(counter) == []


async def test_m28_a_notice_repeated_a_hundred_times_is_applied_once(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.start(await opened(counter, purse))
    paid = counter.pay(plan)
    outcomes = [await counter.notify(paid) for _ in range(100)]
    assert outcomes == ["paid"] + ["duplicate"] * 99
    assert await events(counter) == [("paid", True)]
    assert counter.orders.count("paid", plan.order_id) == 1


@pytest.mark.parametrize("trouble", ["broken", "lost"])
async def test_m36_after_a_lost_answer_the_number_stays_and_the_gateway_is_asked(
    counter: Counter, purse: Purse, trouble: str
) -> None:
    plan = await opened(counter, purse)
    getattr(counter.gateway, trouble).add("create")
    silent = await counter.start(plan)
    assert silent.attempt is not None
    assert (silent.attempt.state, silent.attempt.action) == (AttemptState.PENDING, None)
    getattr(counter.gateway, trouble).clear()
    again = await counter.retry(plan, "alipay")
    assert again.attempt is not None
    assert again.attempt.out_trade_no == silent.attempt.out_trade_no
    assert again.attempt.action is not None
    number = silent.attempt.out_trade_no
    assert counter.gateway.calls == [("create", number), ("query", number), ("create", number)]
    assert len(counter.gateway.books) == 1


async def test_m36_money_taken_behind_a_lost_answer_is_found(
    counter: Counter, purse: Purse
) -> None:
    plan = await opened(counter, purse)
    counter.gateway.lost.add("create")
    silent = await counter.start(plan)
    counter.pay(silent)
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.PAID


async def test_m38_a_gateway_that_hangs_is_unknown(counter: Counter, purse: Purse) -> None:
    plan = await opened(counter, purse)
    hanging = counter.gateway.create

    async def hang(request: object) -> dict[str, str]:
        await asyncio.sleep(30)
        return {}

    counter.gateway.create = hang  # type: ignore[method-assign, assignment]
    counter.terms = payments.PaymentTerms(
        channels=TERMS.channels, query_after_seconds=0, gateway_timeout_seconds=0.01
    )
    silent = await counter.start(plan)
    assert silent.attempt is not None
    assert (silent.attempt.state, silent.attempt.action) == (AttemptState.PENDING, None)
    counter.gateway.create = hanging  # type: ignore[method-assign]


async def test_m38_an_answer_nobody_can_read_is_unknown(counter: Counter, purse: Purse) -> None:
    plan = await counter.start(await opened(counter, purse))

    async def html(number: str) -> GatewayPayment:
        raise ValueError("<html>")

    counter.gateway.query = html  # type: ignore[method-assign, assignment]
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.AWAITING


async def test_a_notice_that_cannot_be_confirmed_comes_again(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.start(await opened(counter, purse))
    paid = counter.pay(plan)
    counter.gateway.broken = {"query"}
    with pytest.raises(payments.GatewayUnreachable):
        await counter.notify(paid)
    assert await events(counter) == [(None, False)]
    counter.gateway.broken = set()
    assert await counter.notify(paid) == "paid"
    assert await events(counter) == [("paid", True)]


async def test_a_notice_that_still_cannot_be_confirmed_holds_nothing_else_up(
    counter: Counter, purse: Purse
) -> None:
    first = await counter.start(await opened(counter, purse))
    counter.gateway.broken = {"query"}
    with pytest.raises(payments.GatewayUnreachable):
        await counter.notify(counter.pay(first))
    other = await counter.start(
        await counter.open(
            purse.member_id, 700, payments.TenderRequest(kind=TenderKind.GATEWAY, channel="wechat")
        )
    )
    counter.pay(other)
    await counter.janitor()
    assert (await counter.read(other)).state is PlanState.PAID
    assert await events(counter) == [(None, False)]
    counter.gateway.broken = set()
    await counter.janitor()
    assert (await counter.read(first)).state is PlanState.PAID


async def test_m32_a_notice_ahead_of_its_order_waits_for_it(counter: Counter, purse: Purse) -> None:
    plan = await counter.start(await opened(counter, purse))
    assert plan.attempt is not None
    paid = counter.pay(plan)
    async with unit_of_work(counter.sessions) as session:
        await session.execute(text("UPDATE payment_attempts SET out_trade_no = 'not-yet'"))
    assert await counter.notify(paid) == "unknown_order"
    assert await events(counter) == [("unknown_order", False)]
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE payment_attempts SET out_trade_no = :number"),
            {"number": plan.attempt.out_trade_no},
        )
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.PAID


async def test_a_silent_gateway_is_shown_to_people_and_changes_nothing(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.start(await opened(counter, purse))
    counter.gateway.broken = {"query"}
    counter.terms = payments.PaymentTerms(
        channels=TERMS.channels, query_after_seconds=0, review_after_seconds=0
    )
    await counter.janitor()
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)
    assert after.attempt is not None
    assert after.attempt.state is AttemptState.PENDING


async def test_the_janitor_waits_longer_after_every_question(
    counter: Counter, purse: Purse
) -> None:
    plan = await opened(counter, purse)
    counter.terms = payments.PaymentTerms(channels=TERMS.channels, query_after_seconds=60)
    async with unit_of_work(counter.sessions) as session:
        await session.execute(text("UPDATE payment_attempts SET next_query_at = now()"))
    assert (await counter.janitor()).attempts == 1
    assert (await counter.janitor()).attempts == 0
    assert (await counter.read(plan)).state is PlanState.AWAITING


@pytest.mark.parametrize("trouble", ["broken", "lost"])
async def test_a_refund_keeps_its_number_until_it_arrives(
    counter: Counter, purse: Purse, trouble: str
) -> None:
    plan = await counter.start(await opened(counter, purse))
    await counter.notify(counter.pay(plan))
    refund = await counter.refund_all(plan, "R1")
    assert await counter.refund_all(plan, "R1") == refund
    getattr(counter.gateway, trouble).add("refund")
    assert (await counter.push()).succeeded == 0
    getattr(counter.gateway, trouble).clear()
    assert (await counter.push()).succeeded == 1
    assert list(counter.gateway.refunds) == ["R1-1"]
    assert counter.gateway.net_taken_minor == 0
    async with unit_of_work(counter.sessions) as session:
        assert await system_balances(session, plan.order_id) == {}
        (done,) = await payments.list_refunds_of(session, plan.order_id)
    assert done.state is RefundState.SUCCEEDED


async def test_a_refund_the_gateway_fails_stays_visible_until_staff_try_again(
    counter: Counter, purse: Purse
) -> None:
    """What failed for good is ordered again, under its number, when people say so."""
    plan = await counter.start(await opened(counter, purse))
    await counter.notify(counter.pay(plan))
    await counter.refund_all(plan)
    counter.gateway.refund_state = GatewayState.FAILED
    await counter.push()
    assert (await counter.read(plan)).in_review
    async with unit_of_work(counter.sessions) as session:
        found = await system_balances(session, plan.order_id)
    assert found == {"clearing": 6_000, "payable": 6_000}
    counter.gateway.refund_state = GatewayState.SUCCEEDED
    assert (await counter.push()).succeeded == 0
    assert (await counter.push()).asked == 0
    (refund,) = await counter.refunds(plan)
    part = next(each for each in refund.parts if each.state is RefundState.FAILED)
    await counter.retry_part(part.id)
    assert (await counter.push()).succeeded == 1
    assert list(counter.gateway.refunds) == [part.out_refund_no]
    assert (await counter.read(plan)).state is PlanState.REFUNDED


async def test_who_learns_nothing_forgets_nothing(counter: Counter, purse: Purse) -> None:
    """Two requests start one attempt: the silence one hears leaves the answer of the other."""
    opened = await counter.open(purse.member_id, 10_000, BALANCE_TENDER, GATEWAY)
    answered = await counter.start(opened)
    assert answered.attempt is not None
    assert answered.attempt.action
    counter.gateway.lost = {"create"}
    late = await counter.start(opened)
    assert late == answered


async def test_a_plan_that_closes_while_it_is_started(counter: Counter, purse: Purse) -> None:
    """The answer tells how the plan stands now, not how it stood before the gateway was asked."""
    opened = await counter.open(purse.member_id, 10_000, BALANCE_TENDER, GATEWAY)
    await counter.begin_close(opened)
    started = await counter.start(opened)
    assert started.state is PlanState.CLOSING
    await counter.finish_close(opened)
    assert (await counter.start(opened)).state is PlanState.CLOSED
