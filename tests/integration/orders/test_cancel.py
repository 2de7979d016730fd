"""Cancelling gives everything back, once, whoever asks and however often."""

import pytest
from sqlalchemy import text

from app.core.actor import Actor, Audience
from app.core.db import unit_of_work
from app.core.errors import NotFound
from app.core.ids import new_id
from app.services import orders
from tests.factories.counters import OrderCounter, fill_purse, shopper
from tests.factories.members import make_member
from tests.factories.payments import BALANCE_TENDER
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop

STAFF = Actor(Audience.ADMIN, new_id())


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await session.commit()
    return shop


@pytest.fixture
def counter(sessions):
    return OrderCounter(sessions)


@pytest.fixture
async def deal(counter, session, shop):
    """A coupon, a quota price and a full purse, and the world before any of it is used."""
    promotion = await make_promotion(
        session, shop.merchant.id, stage="coupon", needs_coupon=True, total_uses=5
    )
    coupon = await make_coupon(session, promotion.id)
    await session.commit()
    tenders = await fill_purse(counter.sessions, shop.member.id)
    return {
        "lines": [(shop.skus[0].id, 1), (shop.skus[1].id, 2)],
        "coupon_codes": [coupon.code],
        "tenders": tenders,
    }


async def rows(counter, statement, **values):
    async with unit_of_work(counter.sessions) as session:
        return [tuple(row) for row in await session.execute(text(statement), values)]


async def test_an_unpaid_order_gives_everything_back(counter, shop, deal):
    """INV-5 and INV-16: accounts, stock, coupon and quota are as before."""
    before = await counter.world()
    placed = await counter.place(shop.member.id, **deal)
    assert await counter.world() != before
    await counter.cancel(placed, shopper(shop.member.id))
    assert await counter.axes(placed) == ("cancelled", "closed", "cancelled")
    assert await counter.world() == before
    assert ("close", placed.plan.attempt.out_trade_no) in counter.gateway.calls


async def test_a_paid_order_gives_everything_back(counter, shop, deal):
    """INV-15: every internal account ends where it began, and the gateway's part is returned."""
    before = await counter.world()
    placed = await counter.place(shop.member.id, **deal)
    assert await counter.pay(placed) == "paid"
    await counter.cancel(placed, shopper(shop.member.id))
    assert await counter.axes(placed) == ("cancelled", "partly_refunded", "cancelled")
    await counter.push_refunds()
    assert await counter.axes(placed) == ("cancelled", "refunded", "cancelled")
    assert await counter.world() == before
    assert counter.gateway.net_taken_minor == 0


async def test_money_of_our_own_is_back_at_once(counter, shop):
    await fill_purse(counter.sessions, shop.member.id)
    async with unit_of_work(counter.sessions) as session:
        await make_promotion(
            session, shop.merchant.id, action={"type": "amount_off", "amount_minor": 9_500}
        )
    before = await counter.world()
    placed = await counter.place(shop.member.id, [(shop.skus[0].id, 1)], tenders=[BALANCE_TENDER])
    assert await counter.axes(placed) == ("open", "paid", "unfulfilled")
    await counter.cancel(placed, shopper(shop.member.id))
    assert await counter.axes(placed) == ("cancelled", "refunded", "cancelled")
    assert await counter.world() == before


async def test_an_order_of_nothing_is_cancelled_without_a_refund(counter, shop):
    async with unit_of_work(counter.sessions) as session:
        await make_promotion(
            session, shop.merchant.id, action={"type": "amount_off", "amount_minor": 99_000}
        )
    before = await counter.world()
    placed = await counter.place(shop.member.id, [(shop.skus[0].id, 1)], tenders=[])
    await counter.cancel(placed, shopper(shop.member.id))
    assert (await counter.axes(placed))[0] == "cancelled"
    assert await counter.world() == before


@pytest.mark.parametrize("is_paid", [False, True])
async def test_m10_cancelling_again_changes_nothing(counter, shop, deal, is_paid):
    """M10: what is given back is given back once."""
    placed = await counter.place(shop.member.id, **deal)
    if is_paid:
        await counter.pay(placed)
    await counter.cancel(placed, shopper(shop.member.id))
    before = await counter.world()
    timeline = "SELECT kind FROM order_events WHERE order_id = :id ORDER BY id"
    told = await rows(counter, timeline, id=placed.id)
    await counter.cancel(placed, shopper(shop.member.id))
    await counter.cancel(placed, STAFF)
    assert await counter.world() == before
    assert await rows(counter, timeline, id=placed.id) == told


async def test_while_the_gateway_is_silent_the_order_is_cancelling(counter, shop, deal):
    placed = await counter.place(shop.member.id, **deal)
    counter.gateway.broken.add("close")
    await counter.cancel(placed, shopper(shop.member.id))
    assert await counter.axes(placed) == ("cancelling", "awaiting", "unfulfilled")
    held = await rows(counter, "SELECT state FROM reservations")
    assert set(held) == {("held",)}


async def test_m15_money_that_wins_the_race_opens_the_order_again(counter, shop, deal):
    """M15: a payment that arrives while the order is closing is a payment."""
    placed = await counter.place(shop.member.id, **deal)
    counter.gateway.broken.add("close")
    await counter.cancel(placed, shopper(shop.member.id))
    assert await counter.pay(placed) == "paid"
    assert await counter.axes(placed) == ("open", "paid", "unfulfilled")
    reason = await rows(counter, "SELECT cancel_reason FROM orders")
    assert reason == [(None,)]


async def test_money_after_the_close_is_returned_and_opens_nothing(counter, shop, deal):
    """INV-11: late money touches clearing and suspense only, and goes back by itself."""
    before = await counter.world()
    placed = await counter.place(shop.member.id, **deal)
    await counter.cancel(placed, shopper(shop.member.id))
    assert await counter.pay(placed) == "late"
    assert await counter.axes(placed) == ("cancelled", "closed", "cancelled")
    await counter.push_refunds()
    assert await counter.world() == before
    assert counter.gateway.net_taken_minor == 0


async def test_a1_the_order_of_somebody_else_is_not_found(counter, session, shop, deal):
    """A1: A cannot cancel what B ordered."""
    placed = await counter.place(shop.member.id, **deal)
    stranger = await make_member(session)
    await session.commit()
    with pytest.raises(NotFound):
        await counter.cancel(placed, shopper(stranger.id))
    assert (await counter.axes(placed))[0] == "open"


@pytest.mark.parametrize("status", ["partly_shipped", "shipped", "delivered"])
async def test_what_has_left_is_not_cancelled(counter, session, shop, deal, status):
    placed = await counter.place(shop.member.id, **deal)
    await counter.pay(placed)
    await session.execute(text("UPDATE orders SET fulfilment_status = :s"), {"s": status})
    await session.commit()
    with pytest.raises(orders.AlreadyShipped) as caught:
        await counter.cancel(placed, shopper(shop.member.id))
    assert caught.value.context == {"fulfilment_status": status}


async def test_staff_cancellations_are_on_record(counter, shop, deal):
    placed = await counter.place(shop.member.id, **deal)
    await counter.cancel(placed, STAFF, "fraud")
    log = await rows(
        counter,
        "SELECT principal, action, object_id, changes FROM operation_log"
        " WHERE object_kind = 'order'",
    )
    assert log == [(STAFF.principal, "orders.cancel", str(placed.id), {"reason": "fraud"})]
    order = await rows(counter, "SELECT cancel_reason FROM orders")
    assert order == [("fraud",)]


async def test_time_cancels_what_is_not_paid(counter, session, shop, deal):
    before = await counter.world()
    placed = await counter.place(shop.member.id, **deal)
    assert await counter.expire() == 0
    await session.execute(text("UPDATE orders SET expires_at = now() - interval '1 second'"))
    await session.commit()
    assert await counter.expire() == 1
    assert await counter.axes(placed) == ("cancelled", "closed", "cancelled")
    assert await counter.world() == before
    assert await counter.expire() == 0
