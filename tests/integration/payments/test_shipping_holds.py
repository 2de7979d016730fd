"""Goods whose payment a gateway does not state stay until people have explained it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from app.core.db import unit_of_work
from app.services import payments
from app.services.payments.shipping import ShippingHold
from tests.factories import statements
from tests.factories.payments import Counter
from tests.factories.statements import Fact
from tests.integration.payments.reconciling import Desk


@pytest.fixture
def desk(counter: Counter) -> Desk:
    return Desk(counter)


async def holds(desk: Desk, paid: Fact) -> tuple[ShippingHold, ...]:
    async with unit_of_work(desk.counter.sessions) as session:
        return await payments.shipping.holds(session, order_of(desk, paid))


def order_of(desk: Desk, paid: Fact) -> UUID:
    return desk.plans[paid.number].order_id


async def test_it_holds_from_the_statement_to_the_end_of_the_case(desk: Desk) -> None:
    stated, lost = await desk.pay(100), await desk.pay(500)
    assert await holds(desk, lost) == ()
    await desk.take(statements.wechatpay([stated]))
    (hold,) = await holds(desk, lost)
    assert (hold.reason, hold.number, hold.amount_minor, hold.day) == (
        "missing_gateway",
        lost.number,
        500,
        desk.day,
    )
    assert await holds(desk, stated) == ()
    assert await desk.correct(lost.number) == hold.case_id
    assert await holds(desk, lost) == ()


async def test_it_holds_no_longer_when_a_later_statement_brings_it(desk: Desk) -> None:
    lost = await desk.pay(500)
    await desk.take(statements.wechatpay([]))
    assert len(await holds(desk, lost)) == 1
    await desk.take(statements.wechatpay([replace(lost, at=desk.until)]), later=1)
    assert await holds(desk, lost) == ()


async def test_what_waits_for_the_next_statement_holds_nothing(desk: Desk) -> None:
    late = await desk.pay(500, at=desk.until - timedelta(minutes=1))
    await desk.take(statements.wechatpay([]))
    assert await holds(desk, late) == ()
    await desk.take(statements.wechatpay([]), later=1)
    assert len(await holds(desk, late)) == 1


async def test_a_refund_or_another_amount_holds_nothing(desk: Desk) -> None:
    off, back = await desk.pay(800), await desk.pay(300)
    await desk.refund(back)
    await desk.take(statements.wechatpay([replace(off, minor=801), back]))
    assert len(await desk.cases()) == 2
    assert await holds(desk, off) == await holds(desk, back) == ()
