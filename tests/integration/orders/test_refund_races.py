"""Refunds, cancellations and second persons at the same moment, on real connections."""

import pytest

from app.core.actor import Actor, Audience
from app.core.db import build_sessions, unit_of_work
from app.core.enums.payments import RefundKind, RefundReason
from app.core.ids import new_id
from app.services import orders, payments
from app.services.orders import RefundWish
from tests.factories.counters import OrderCounter, fill_purse, shopper
from tests.factories.order_invariants import check_orders
from tests.factories.payment_invariants import check_always
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.orders.test_races import together

ROUNDS = 4
CLERK, MANAGER = (Actor(Audience.ADMIN, new_id()) for _ in range(2))


@pytest.fixture
async def sessions(fresh_engine):
    connections = [await fresh_engine.connect() for _ in range(12)]
    for each in connections:
        await each.close()
    return build_sessions(fresh_engine)


@pytest.fixture
def counter(sessions):
    return OrderCounter(sessions)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        return await make_shop(session, quantity=10)


async def paid(counter, shop, **more):
    tenders = await fill_purse(counter.sessions, shop.member.id)
    lines = [(shop.skus[0].id, 2), (shop.skus[1].id, 1)]
    placed = await counter.place(shop.member.id, lines, tenders=tenders, **more)
    assert await counter.pay(placed) == "paid"
    return placed


async def refund(counter, placed, wish, actor=CLERK, terms=None):
    async with unit_of_work(counter.sessions) as session:
        return await orders.request_refund(
            session,
            placed.id,
            wish,
            actor=actor,
            terms=terms or payments.PaymentTerms(),
        )


def amount(minor):
    return RefundWish(
        kind=RefundKind.AMOUNT,
        reason_code=RefundReason.OTHER,
        reason="late",
        amount_minor=minor,
    )


async def sound(counter):
    async with unit_of_work(counter.sessions) as session:
        await check_always(session)
        await check_orders(session)


async def test_m22_refunds_of_60_of_100_through_the_order(counter, shop):
    placed = await paid(counter, shop)
    seen = await together(*(refund(counter, placed, amount(24_000)) for _ in range(4)))
    assert sorted(seen) == ["done", "refund-exceeds", "refund-exceeds", "refund-exceeds"]
    await counter.push_refunds()
    await sound(counter)


async def test_refund_against_cancel(counter, shop):
    """Whoever is first, everything is back once and the stock too."""
    await fill_purse(counter.sessions, shop.member.id)
    before = await counter.world()
    for _ in range(ROUNDS):
        placed = await paid(counter, shop)
        await together(
            refund(counter, placed, amount(12_345)),
            counter.cancel(placed, shopper(shop.member.id)),
            refund(counter, placed, amount(7_000)),
            counter.cancel(placed, CLERK),
        )
        await counter.cancel(placed, None)
        await counter.push_refunds()
        assert await counter.axes(placed) == ("cancelled", "refunded", "cancelled")
        await sound(counter)
    assert counter.gateway.net_taken_minor == 0
    after = await counter.world()
    assert {name: after[name] for name in ("stock", "limits")} == {
        name: before[name] for name in ("stock", "limits")
    }


async def test_approval_against_cancel_and_rejection(counter, shop):
    terms = payments.PaymentTerms(refund_alone_minor=100)
    for _ in range(ROUNDS):
        placed = await paid(counter, shop)
        waiting = await refund(counter, placed, amount(9_000), terms=terms)
        assert waiting.state == "waiting"

        async def approve(view=waiting):
            async with unit_of_work(counter.sessions) as session:
                await orders.approve_refund(session, view.id, version=1, actor=MANAGER)

        await together(approve(), approve(), counter.cancel(placed, shopper(shop.member.id)))
        await counter.push_refunds()
        assert await counter.axes(placed) == ("cancelled", "refunded", "cancelled")
        await sound(counter)
    assert counter.gateway.net_taken_minor == 0


async def test_full_refunds_and_orders_of_one_coupon_do_not_deadlock(counter, shop):
    """Coupons and quotas that return are locked last, as those who take them lock them."""
    async with unit_of_work(counter.sessions) as session:
        promotion = await make_promotion(
            session,
            shop.merchant.id,
            stage="coupon",
            needs_coupon=True,
            total_uses=50,
            refund={"return_coupon": "on_full_refund"},
        )
        coupons = [await make_coupon(session, promotion.id) for _ in range(3)]
    placed = [await paid(counter, shop, coupon_codes=[each.code]) for each in coupons]
    everything = RefundWish(
        kind=RefundKind.EVERYTHING, reason_code=RefundReason.DEFECTIVE, reason="broken"
    )
    seen = await together(
        *(refund(counter, each, everything) for each in placed),
        *(counter.cancel(each, CLERK) for each in placed),
        paid(counter, shop),
    )
    assert set(seen) <= {"done", "refund-exceeds", "illegal-order-transition", "refund-refused"}
    await counter.push_refunds()
    await sound(counter)
