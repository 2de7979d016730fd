"""Promotions of every stage, from the quote to the order and back."""

import pytest
from sqlalchemy import text

from tests.factories.counters import OrderCounter, shopper
from tests.factories.delivery import make_template
from tests.factories.order_invariants import check_orders
from tests.factories.orders import order_row, place
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import counters, states

FEE_MINOR = 1_200
SHIPPING = {"stage": "shipping", "action": {"type": "ship_free"}}


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def fee(session, shop):
    """What one piece costs to send."""
    await make_template(session, shop.merchant.id, zone={"first_minor": FEE_MINOR})


async def units(session, order_id):
    found = await session.execute(
        text(
            "SELECT u.count, u.price_minor, u.net_minor, u.discounts FROM order_units u"
            " JOIN order_lines l ON l.id = u.line_id WHERE l.order_id = :id"
            " ORDER BY l.position, u.first_index"
        ),
        {"id": order_id},
    )
    return [tuple(row) for row in found]


async def test_a_second_piece_at_half_price_is_frozen_by_unit(session, shop):
    promotion = await make_promotion(
        session,
        shop.merchant.id,
        stage="item",
        action={"type": "nth", "n": 2, "rate_bps": 5_000, "spread": "target"},
    )
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 3)])
    assert placed.payable_minor == 25_000
    frozen = await units(session, placed.id)
    assert sorted(net for count, _, net, _ in frozen for _ in range(count)) == [
        5_000,
        10_000,
        10_000,
    ]
    half = [{"promotion_id": str(promotion.id), "amount_minor": 5_000}]
    assert [unit[3] for unit in frozen if unit[2] == 5_000] == [half]
    assert not any(unit[3] for unit in frozen if unit[2] != 5_000)
    await check_orders(session)


async def test_a_group_shares_its_discount_when_nothing_else_is_said(session, shop):
    await make_promotion(
        session, shop.merchant.id, stage="item", action={"type": "nth", "n": 2, "rate_bps": 5_000}
    )
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 2)])
    assert [unit[:3] for unit in await units(session, placed.id)] == [(2, 10_000, 7_500)]


async def test_free_shipping_is_frozen(session, shop, fee):
    await make_promotion(session, shop.merchant.id, **SHIPPING)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    row = await order_row(session, placed.id)
    assert (row["shipping_minor"], row["shipping_discount_minor"]) == (0, FEE_MINOR)
    assert (row["discount_minor"], row["payable_minor"]) == (0, 10_000)
    await check_orders(session)


async def test_part_of_a_fee_is_left_to_pay(session, shop, fee):
    await make_promotion(
        session,
        shop.merchant.id,
        stage="shipping",
        action={"type": "ship_off", "amount_minor": 800},
    )
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    row = await order_row(session, placed.id)
    assert (row["shipping_minor"], row["shipping_discount_minor"]) == (400, 800)
    assert placed.payable_minor == 10_400
    await check_orders(session)


async def test_a_shipping_coupon_is_used_once_and_given_back(sessions, session, shop, fee):
    promotion = await make_promotion(
        session, shop.merchant.id, needs_coupon=True, total_uses=1, **SHIPPING
    )
    coupon = await make_coupon(session, promotion.id, member_id=shop.member.id)
    await session.commit()
    counter = OrderCounter(sessions)
    before = await counter.world()
    placed = await counter.place(shop.member.id, [(shop.skus[0].id, 1)], coupon_codes=[coupon.code])
    assert await counters(session, promotion.id) == (1, 0, FEE_MINOR, 0)
    assert await states(session, promotion.id) == ["reserved", "reserved"]
    await counter.cancel(placed, shopper(shop.member.id))
    assert await counter.world() == before
    await check_orders(session)
