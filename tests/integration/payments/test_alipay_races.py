"""Notices of Alipay from several sides at once, with real connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import unit_of_work
from app.core.enums.payments import PlanState
from app.core.ids import new_id
from app.services import payments
from tests.factories.members import make_member
from tests.factories.payments import GATEWAY, system_balances
from tests.fakes.transactions import watched
from tests.integration.payments.alipay_counter import AlipayCounter


@pytest.fixture
async def counter(fresh_engine: AsyncEngine) -> AsyncIterator[AlipayCounter]:
    counter = AlipayCounter(watched(fresh_engine))
    yield counter
    await counter.port.aclose()
    assert not counter.inside, "INV-17"


async def opened(counter: AlipayCounter) -> payments.PlanView:
    async with unit_of_work(counter.sessions) as session:
        member = await make_member(session, id=new_id())
    return await counter.start(await counter.open(member.id, 6_000, GATEWAY))


async def books(counter: AlipayCounter, plan: payments.PlanView) -> dict[str, int]:
    async with unit_of_work(counter.sessions) as session:
        return await system_balances(session, plan.order_id)


async def together(*works: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*works, return_exceptions=True)


async def test_m28_twenty_copies_of_a_notice_at_once(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    body = counter.alipay.notice(counter.paid(plan))
    replies = await together(*(counter.receive(body) for _ in range(20)))
    assert [each.outcome for each in replies].count("paid") == 1
    assert {each.outcome for each in replies} <= {"paid", "duplicate"}
    assert {each.acknowledgement for each in replies} == {"success"}
    assert counter.orders.count("paid", plan.order_id) == 1
    assert await books(counter, plan) == {"clearing": 6_000, "prepaid": 6_000}
    async with unit_of_work(counter.sessions) as session:
        assert await session.scalar(text("SELECT count(*) FROM gateway_events")) == 1


async def test_m31_the_notice_the_janitor_and_the_shopper_at_once(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    body = counter.alipay.notice(counter.paid(plan))
    await together(
        counter.receive(body), counter.janitor(), counter.retry(plan, "alipay"), counter.janitor()
    )
    assert (await counter.read(plan)).state is PlanState.PAID
    assert counter.orders.told == [("paid", plan.order_id)]
    assert await books(counter, plan) == {"clearing": 6_000, "prepaid": 6_000}
    assert not counter.trade_of(plan).refunds


async def test_a_notice_against_a_cancellation(counter: AlipayCounter) -> None:
    """Either the order is paid, or it is closed and the money goes back: nothing between."""
    for _ in range(5):
        plan = await opened(counter)
        body = counter.alipay.notice(counter.paid(plan))

        async def cancel(plan: payments.PlanView = plan) -> None:
            await counter.begin_close(plan, "cancelled")
            await counter.finish_close(plan)

        await together(counter.receive(body), cancel())
        await counter.janitor()
        after = await counter.read(plan)
        assert after.state in {PlanState.PAID, PlanState.CLOSED}
        is_paid = after.state is PlanState.PAID
        trade = counter.trade_of(plan)
        assert str(trade.refunded) == ("0.00" if is_paid else "60.00")
        assert (counter.orders.count("paid", plan.order_id) == 1) == is_paid


async def test_two_workers_push_one_refund(counter: AlipayCounter) -> None:
    plan = await opened(counter)
    await counter.settle(plan)
    await counter.refund_all(plan)
    await together(*(counter.push() for _ in range(4)))
    await counter.push()
    assert str(counter.trade_of(plan).refunded) == "60.00"
    assert await books(counter, plan) == {}
