"""Money, order, stock and coupons move together."""

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.services import inventory, orders
from tests.factories.counters import OrderCounter, fill_purse
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await session.commit()
    return shop


@pytest.fixture
def counter(sessions):
    return OrderCounter(sessions)


async def rows(counter, statement, **values):
    async with unit_of_work(counter.sessions) as session:
        return [tuple(row) for row in await session.execute(text(statement), values)]


async def run_out(counter):
    """The hold expires and is swept."""
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE reservations SET expires_at = now() - interval '1 second'")
        )
        await inventory.sweep(session, limit=10)


async def deliver_lost(counter):
    """What the worker does with `StockLost`."""
    found = await rows(counter, "SELECT payload FROM outbox WHERE name = 'orders.stock_lost.v1'")
    for (payload,) in found * 2:
        async with unit_of_work(counter.sessions) as session:
            await orders.refund_lost(session, payload)
    return len(found)


async def test_a_payment_takes_everything_for_good(counter, session, shop):
    """INV-4 and INV-16: tenders captured, stock committed, coupon consumed, order paid."""
    promotion = await make_promotion(
        session, shop.merchant.id, stage="coupon", needs_coupon=True, total_uses=1
    )
    coupon = await make_coupon(session, promotion.id)
    await session.commit()
    tenders = await fill_purse(counter.sessions, shop.member.id)
    placed = await counter.place(
        shop.member.id, [(shop.skus[0].id, 1)], tenders=tenders, coupon_codes=[coupon.code]
    )
    assert await counter.pay(placed) == "paid"
    assert await counter.axes(placed) == ("open", "paid", "unfulfilled")
    assert await rows(counter, "SELECT state FROM reservations") == [("committed",)]
    assert await rows(counter, "SELECT state FROM coupons") == [("consumed",)]
    assert await rows(counter, "SELECT reserved, consumed FROM promotion_quotas") == [(0, 1)]
    assert set(await rows(counter, "SELECT state FROM tenders")) == {("captured",)}
    assert await rows(counter, "SELECT paid_at IS NOT NULL FROM orders") == [(True,)]
    told = await rows(
        counter,
        "SELECT name FROM outbox WHERE ordering_key = :key ORDER BY seq",
        key=f"order:{placed.id}",
    )
    assert told == [("orders.placed.v1",), ("payments.captured.v1",), ("orders.paid.v1",)]


async def test_a_second_notice_changes_nothing(counter, shop):
    """INV-9: the same success again is a duplicate."""
    placed = await counter.place(shop.member.id, [(shop.skus[0].id, 1)])
    await counter.pay(placed)
    before = await counter.world()
    assert await counter.pay(placed) == "duplicate"
    assert await counter.world() == before
    kinds = await rows(counter, "SELECT kind FROM order_events ORDER BY id")
    assert kinds == [("placed",), ("paid",)]


async def test_s4_a_late_payment_takes_free_stock_again(counter, shop):
    """S4: the hold expired, the goods are still there."""
    placed = await counter.place(shop.member.id, [(shop.skus[0].id, 10)])
    await run_out(counter)
    assert await counter.pay(placed) == "paid"
    assert await counter.axes(placed) == ("open", "paid", "unfulfilled")
    assert await rows(counter, "SELECT reserved FROM stock WHERE reserved > 0") == [(10,)]


async def test_s4_a_late_payment_for_goods_that_are_gone_goes_back(counter, session, shop):
    """S4: the hold expired and somebody else has the goods; never negative, the money returns."""
    promotion = await make_promotion(
        session, shop.merchant.id, stage="coupon", needs_coupon=True, total_uses=1
    )
    await session.execute(text('UPDATE promotions SET refund = \'{"return_coupon": "never"}\''))
    coupon = await make_coupon(session, promotion.id)
    await session.commit()
    tenders = await fill_purse(counter.sessions, shop.member.id)
    before = await counter.world()
    lost = await counter.place(
        shop.member.id, [(shop.skus[0].id, 10)], tenders=tenders, coupon_codes=[coupon.code]
    )
    await run_out(counter)
    other = await counter.place(shop.member.id, [(shop.skus[0].id, 1)])
    assert await counter.pay(lost) == "paid"
    assert await counter.axes(lost) == ("cancelling", "paid", "unfulfilled")

    assert await deliver_lost(counter) == 1
    assert await counter.axes(lost) == ("cancelled", "partly_refunded", "cancelled")
    await counter.push_refunds()
    assert await counter.axes(lost) == ("cancelled", "refunded", "cancelled")
    assert await rows(counter, "SELECT reserved FROM stock WHERE reserved > 0") == [(1,)]

    await counter.cancel(other, None)
    assert await counter.world() == before
    assert counter.gateway.net_taken_minor == 0
