"""The last of everything a promotion counts, wanted by many orders at the same instant.

Whole orders on connections of their own: one gets it, the others are refused or asked again at
another price, and no counter is off by one afterwards.
"""

import pytest

from app.core.db import unit_of_work
from app.core.enums.pricing import PriceListKind
from app.services import inventory, orders, pricing, promotions
from tests.factories.pricing import make_price_list, put_price
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.orders import test_races as races
from tests.integration.orders.test_gifts import gift, leave
from tests.integration.promotions.buying import assert_counted

sessions = races.sessions
BUYERS = 6
ROUNDS = range(2)
REFUSALS = {
    orders.PriceChanged.slug,
    promotions.Exhausted.slug,
    promotions.CouponTaken.slug,
    pricing.QuotaExhausted.slug,
    inventory.OutOfStock.slug,
}


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        return await make_shop(session)


async def race(sessions, buyers):
    """Place all orders at once; return how many were placed."""
    outcomes = await races.together(*(races.place_one(sessions, *buyer) for buyer in buyers))
    assert set(outcomes) - {"done"} <= REFUSALS
    async with unit_of_work(sessions) as session:
        await assert_counted(session)
    return outcomes.count("done")


@pytest.mark.parametrize("_round", ROUNDS)
@pytest.mark.parametrize(
    ("limits", "winners"),
    [
        ({"total_uses": 1}, 1),
        ({"total_uses": 2, "budget_minor": 1_999}, 1),
        ({"budget_minor": 2_000}, 2),
        ({"uses_per_day": 1}, 1),
    ],
)
async def test_m41_the_last_use_or_the_last_cents(sessions, shop, limits, winners, _round):
    async with unit_of_work(sessions) as session:
        await make_promotion(session, shop.merchant.id, **limits)
    buyers = await races.members_with_carts(sessions, shop, BUYERS)
    assert await race(sessions, buyers) == winners
    used = "SELECT count(*) FROM promotion_uses WHERE state = 'reserved'"
    assert await races.scalar(sessions, used) == winners
    frozen = "SELECT sum(discount_minor)::int FROM orders"
    assert await races.scalar(sessions, frozen) == winners * 1_000


@pytest.mark.parametrize("_round", ROUNDS)
@pytest.mark.parametrize("limits", [{"uses_per_member": 1}, {"uses_per_member_per_day": 1}])
async def test_m41_a_member_uses_the_one_slot_once(sessions, shop, limits, _round):
    """Three carts of one member in three channels, with no goods in common."""
    async with unit_of_work(sessions) as session:
        await make_promotion(session, shop.merchant.id, **limits)
    assert await race(sessions, await races.carts_in_channels(sessions, shop, 3)) == 1


@pytest.mark.parametrize("_round", ROUNDS)
async def test_one_coupon_serves_one_of_two_orders(sessions, shop, _round):
    async with unit_of_work(sessions) as session:
        promotion = await make_promotion(
            session, shop.merchant.id, stage="coupon", needs_coupon=True
        )
        coupon = await make_coupon(session, promotion.id)
    buyers = await races.members_with_carts(sessions, shop, 2, coupon_codes=[coupon.code])
    assert await race(sessions, buyers) == 1
    held = "SELECT count(*) FROM coupons WHERE state = 'reserved' AND order_id IS NOT NULL"
    assert await races.scalar(sessions, held) == 1


@pytest.mark.parametrize("_round", ROUNDS)
async def test_the_last_piece_at_a_flash_price(sessions, shop, _round):
    async with unit_of_work(sessions) as session:
        flash = await make_price_list(session, kind=PriceListKind.FLASH)
        await put_price(session, flash.id, shop.skus[0].id, 6_000, quota=1)
    buyers = await races.members_with_carts(sessions, shop, BUYERS)
    assert await race(sessions, buyers) == 1
    sold = "SELECT sum(sold)::int FROM prices WHERE quota IS NOT NULL"
    assert await races.scalar(sessions, sold) == 1
    assert await races.scalar(sessions, "SELECT sum(quantity)::int FROM price_uses") == 1


@pytest.mark.parametrize("_round", ROUNDS)
async def test_the_last_piece_of_a_gift(sessions, shop, _round):
    present = shop.sku_ids[2]
    async with unit_of_work(sessions) as session:
        await make_promotion(session, shop.merchant.id, action=gift(present))
        await leave(session, present, 1)
    buyers = await races.members_with_carts(sessions, shop, BUYERS)
    assert await race(sessions, buyers) == 1
    given = "SELECT count(*) FROM order_lines WHERE is_gift"
    assert await races.scalar(sessions, given) == 1
    held = "SELECT sum(reserved)::int FROM stock WHERE reserved > on_hand"
    assert await races.scalar(sessions, held) is None
