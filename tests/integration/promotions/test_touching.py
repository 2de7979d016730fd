"""Promotions on a product page, and the job that ends coupons."""

from datetime import timedelta

from app.core.clock import now
from app.core.enums.catalog import ProductStatus
from app.core.enums.promotions import PromotionStatus
from app.services import promotions
from tests.factories.catalog import make_sku, make_spu
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import states
from tests.integration.promotions.offering import page
from tests.integration.promotions.test_quote import COUPON


async def test_a_product_shows_the_promotions_that_look_at_it(client, session):
    shop = await make_shop(session)
    other = await make_spu(session, status=ProductStatus.ON_SALE)
    await make_sku(session, spu=other)
    threshold = {"type": "min_amount", "amount_minor": 30_000}
    everywhere = await make_promotion(session, shop.merchant.id, condition={"all": [threshold]})
    by_root = await make_promotion(
        session, shop.merchant.id, priority=5, scope={"categories": [str(shop.root.id)]}
    )
    by_sku = await make_promotion(
        session, shop.merchant.id, priority=-1, scope={"skus": [str(shop.sku_ids[1])]}, **COUPON
    )
    await make_promotion(
        session, shop.merchant.id, scope={"exclude_brands": [str(shop.brand.id)], "spus": ["x"]}
    )
    await make_promotion(session, shop.merchant.id, status=PromotionStatus.DRAFT)
    await session.commit()
    found = (await page(client, shop))["promotions"]
    assert [each["promotion_id"] for each in found] == [
        str(each.id) for each in (by_root, everywhere, by_sku)
    ]
    elsewhere = (await client.get(f"/api/v1/products/{other.id}")).json()["promotions"]
    assert [each["promotion_id"] for each in elsewhere] == [str(everywhere.id)]
    last = found[-1]
    assert (last["kind"], last["needs_coupon"], last["sku_ids"]) == (
        "amount_off",
        True,
        [str(shop.sku_ids[1])],
    )
    assert elsewhere[0]["conditions"] == [threshold]


async def test_coupons_past_their_validity_expire_once(session):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    for days in (-1, 1):
        await make_coupon(session, promotion.id, valid_to=now() + timedelta(days=days))
    assert await promotions.expire_coupons(session, limit=10) == 1
    assert await promotions.expire_coupons(session, limit=10) == 0
    assert await states(session, promotion.id) == ["expired", "available"]
