"""A coupon that paying an order earned goes with that order, whoever holds it just then."""

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.services import promotions
from tests.factories.counters import OrderCounter, shopper
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.batching import batch_of, held
from tests.waiting import start_and_wait


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await session.commit()
    return shop


@pytest.fixture
def counter(sessions):
    return OrderCounter(sessions)


async def earning(session, shop):
    """A batch that gives to whoever pays an order."""
    promotion = await make_promotion(
        session, shop.merchant.id, stage="coupon", needs_coupon=True, total_uses=5
    )
    return await batch_of(
        session, promotion, "automatic", trigger="order_paid", min_amount_minor=1, per_member=1
    )


@pytest.fixture
async def batch(session, shop):
    batch = await earning(session, shop)
    await session.commit()
    return batch


async def told(counter, name, handle):
    """What promotions make of what an order told last by that name."""
    statement = text("SELECT payload FROM outbox WHERE name = :name ORDER BY seq DESC LIMIT 1")
    async with unit_of_work(counter.sessions) as session:
        await handle(session, await session.scalar(statement, {"name": name}))


async def earned(counter, shop):
    """A paid order, and the code of the coupon it earned."""
    placed = await counter.place(shop.member.id, [(shop.sku_ids[0], 1)])
    await counter.pay(placed)
    await told(counter, "orders.paid.v1", promotions.give_for_payment)
    async with unit_of_work(counter.sessions) as session:
        code = await session.scalar(text("SELECT code FROM coupons"))
    return placed, code


async def cancelled(counter, placed, member_id):
    await counter.cancel(placed, shopper(member_id))
    await told(counter, "orders.cancelled.v1", promotions.withdraw_for_cancellation)


@pytest.mark.parametrize("is_paid", [False, True])
async def test_it_is_over_where_it_comes_back_to_nobody(counter, session, shop, batch, is_paid):
    """Held by another order while its own is cancelled, it must not outlive both."""
    member_id = shop.member.id
    first, code = await earned(counter, shop)
    other = await counter.place(member_id, [(shop.sku_ids[0], 1)], coupon_codes=[code])
    if is_paid:
        await counter.pay(other)
    await cancelled(counter, first, member_id)
    used = "consumed" if is_paid else "reserved"
    assert await held(session, batch.id) == [(member_id, used)]
    await session.commit()
    await cancelled(counter, other, member_id)
    assert await held(session, batch.id) == [(member_id, "void")]


async def test_it_comes_back_while_its_own_order_stands(counter, session, shop, batch):
    member_id = shop.member.id
    _, code = await earned(counter, shop)
    other = await counter.place(member_id, [(shop.sku_ids[0], 1)], coupon_codes=[code])
    await cancelled(counter, other, member_id)
    assert await held(session, batch.id) == [(member_id, "available")]


async def test_an_order_that_is_cancelled_earns_nothing_any_more(counter, session, shop, batch):
    """What waited to be told of the payment may come after the cancellation."""
    placed = await counter.place(shop.member.id, [(shop.sku_ids[0], 1)])
    await counter.pay(placed)
    await cancelled(counter, placed, shop.member.id)
    await told(counter, "orders.paid.v1", promotions.give_for_payment)
    assert await held(session, batch.id) == []


@pytest.mark.parametrize("comes_back_first", [True, False])
async def test_it_is_not_missed_while_it_comes_back(fresh_engine, comes_back_first):
    """The other order gives it back at the moment it is withdrawn: whoever is first, it is over."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        batch = await earning(session, shop)
    counter = OrderCounter(sessions)
    first, code = await earned(counter, shop)
    other = await counter.place(shop.member.id, [(shop.sku_ids[0], 1)], coupon_codes=[code])
    await counter.cancel(first, shopper(shop.member.id))

    async def come_back(session):
        await promotions.release_uses(session, other.id, was_paid=False)

    async def withdraw(session):
        await promotions.withdraw_for_cancellation(session, {"order_id": str(first.id)})

    async def alone(work):
        async with unit_of_work(sessions) as session:
            await work(session)

    sooner, later = (come_back, withdraw) if comes_back_first else (withdraw, come_back)
    async with unit_of_work(sessions) as holding:
        await sooner(holding)
        waiting = await start_and_wait(sessions, alone(later))
    await waiting
    async with sessions() as session:
        assert await held(session, batch.id) == [(shop.member.id, "void")]
