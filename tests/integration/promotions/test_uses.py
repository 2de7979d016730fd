"""Uses of promotions: reserved, consumed, given back."""

from uuid import uuid4

import pytest

from app.services import promotions
from app.services.promotions import CouponTaken, Exhausted
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import (
    assert_counted,
    counters,
    quote_for,
    reserve,
    states,
)
from tests.integration.promotions.test_quote import COUPON
from tests.statements import Statements


async def shop_with_coupon(session, **terms):
    """A shop, a promotion by coupon with ten uses, and a quote that uses its one coupon."""
    shop = await make_shop(session)
    promotion = await make_promotion(
        session, shop.merchant.id, **{"total_uses": 10, **COUPON, **terms}
    )
    coupon = await make_coupon(session, promotion.id)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1), coupon_codes=(coupon.code,))
    return shop, promotion, quoted


async def test_an_order_reserves_then_consumes(session, engine):
    shop, promotion, quoted = await shop_with_coupon(session)
    order_id = uuid4()
    with Statements(engine) as statements:
        await reserve(session, quoted, order_id, shop.member.id)
    assert statements.count == 2
    assert await counters(session, promotion.id) == (1, 0, 1_000, 0)
    assert await states(session, promotion.id) == ["reserved", "reserved"]
    with Statements(engine) as statements:
        await promotions.consume_uses(session, order_id)
    assert statements.count == 1
    await promotions.consume_uses(session, order_id)
    assert await counters(session, promotion.id) == (0, 1, 0, 1_000)
    assert await states(session, promotion.id) == ["consumed", "consumed"]


async def test_an_unpaid_order_gives_back_once(session, engine):
    shop, promotion, quoted = await shop_with_coupon(session, refund={"return_coupon": "never"})
    order_id = uuid4()
    await reserve(session, quoted, order_id, shop.member.id)
    with Statements(engine) as statements:
        await promotions.release_uses(session, order_id, was_paid=False)
    assert statements.count == 1
    await promotions.release_uses(session, order_id, was_paid=False)
    await promotions.consume_uses(session, order_id)
    assert await counters(session, promotion.id) == (0, 0, 0, 0)
    assert await states(session, promotion.id) == ["released", "available"]


async def test_an_order_that_becomes_less_takes_less_and_then_nothing(session):
    shop, promotion, quoted = await shop_with_coupon(session)
    order_id, other = uuid4(), uuid4()
    await reserve(session, quoted, order_id, shop.member.id)
    await promotions.lessen_uses(session, other, {promotion.id: 1})
    assert await counters(session, promotion.id) == (1, 0, 1_000, 0)
    await promotions.lessen_uses(session, order_id, {promotion.id: 400})
    assert await counters(session, promotion.id) == (1, 0, 400, 0)
    assert await states(session, promotion.id) == ["reserved", "reserved"]
    await promotions.lessen_uses(session, order_id, {})
    assert await counters(session, promotion.id) == (0, 0, 0, 0)
    assert await states(session, promotion.id) == ["released", "available"]


@pytest.mark.parametrize(
    ("refund", "expected", "after"),
    [
        ({}, (0, 0, 0, 0), ["released", "available"]),
        ({"return_coupon": "on_full_refund"}, (0, 0, 0, 0), ["released", "available"]),
        ({"return_coupon": "never"}, (0, 1, 0, 1_000), ["consumed", "consumed"]),
    ],
)
async def test_the_promotion_says_whether_a_paid_order_gives_back(session, refund, expected, after):
    shop, promotion, quoted = await shop_with_coupon(session, refund=refund)
    order_id = uuid4()
    await reserve(session, quoted, order_id, shop.member.id)
    await promotions.consume_uses(session, order_id)
    for _ in range(2):
        await promotions.release_uses(session, order_id, was_paid=True)
    assert await counters(session, promotion.id) == expected
    assert await states(session, promotion.id) == after


@pytest.mark.parametrize("return_coupon", ["never", "on_cancel"])
async def test_a_shop_that_failed_gives_everything_back(session, return_coupon):
    shop, promotion, quoted = await shop_with_coupon(
        session, refund={"return_coupon": return_coupon}
    )
    order_id = uuid4()
    await reserve(session, quoted, order_id, shop.member.id)
    await promotions.consume_uses(session, order_id)
    await promotions.release_uses(session, order_id, was_paid=False)
    assert await states(session, promotion.id) == ["consumed", "consumed"]
    for _ in range(2):
        await promotions.release_uses(session, order_id, was_paid=True, is_blameless=True)
    assert await counters(session, promotion.id) == (0, 0, 0, 0)
    assert await states(session, promotion.id) == ["released", "available"]


async def test_reserving_again_for_one_order_takes_nothing_twice(session):
    shop, promotion, quoted = await shop_with_coupon(session, total_uses=1, uses_per_member=1)
    order_id = uuid4()
    for _ in range(2):
        await reserve(session, quoted, order_id, shop.member.id)
    assert await counters(session, promotion.id) == (1, 0, 1_000, 0)
    await promotions.release_uses(session, order_id, was_paid=False)
    with pytest.raises((CouponTaken, Exhausted)):
        await reserve(session, quoted, order_id, shop.member.id)


async def test_a_coupon_serves_one_order(session):
    shop, _, quoted = await shop_with_coupon(session)
    await reserve(session, quoted, uuid4(), shop.member.id)
    savepoint = await session.begin_nested()
    with pytest.raises(CouponTaken) as refusal:
        await reserve(session, quoted, uuid4(), shop.member.id)
    await savepoint.rollback()
    assert refusal.value.context == {"coupon_ids": [quoted.quote.applied[0].coupon_id]}
    await assert_counted(session)


async def test_a_released_coupon_may_be_used_again(session):
    shop, promotion, quoted = await shop_with_coupon(session, uses_per_member=1)
    first = uuid4()
    await reserve(session, quoted, first, shop.member.id)
    await promotions.release_uses(session, first, was_paid=False)
    await reserve(session, quoted, uuid4(), shop.member.id)
    assert await states(session, promotion.id) == ["released", "reserved", "reserved"]


async def test_a_spent_budget_is_refused(session):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, budget_minor=1_500)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    await reserve(session, quoted, uuid4(), shop.member.id)
    with pytest.raises(Exhausted) as refusal:
        await reserve(session, quoted, uuid4(), shop.member.id)
    assert refusal.value.context == {"promotion_ids": [str(promotion.id)]}


async def test_unlimited_promotions_count_nothing(session, engine):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    order_id = uuid4()
    await reserve(session, quoted, order_id, shop.member.id)
    await promotions.consume_uses(session, order_id)
    assert await counters(session, promotion.id) == (0, 0, 0, 0)
    assert await states(session, promotion.id) == ["consumed"]
    await promotions.release_uses(session, order_id, was_paid=True)
    assert await states(session, promotion.id) == ["released"]


async def test_a_cart_without_promotions_asks_nothing(session, engine):
    shop = await make_shop(session)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    with Statements(engine) as statements:
        await promotions.reserve_uses(
            session, order_id=uuid4(), member_id=shop.member.id, quote=quoted.quote
        )
    assert statements.count == 0
