"""What one piece costs now, on lists and pages: shape, whose prices, and how it is chosen."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.clock import now
from app.core.enums.catalog import SkuStatus
from app.core.enums.pricing import PriceListKind
from app.schemas.catalog.storefront import ProductListOut, ProductPageOut
from tests.factories.catalog import make_sku, make_spu
from tests.factories.members import bearer, make_guest, make_member
from tests.factories.pricing import make_price_list, put_price
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.offering import card, page, prices, sku_offers
from tests.integration.promotions.test_quote import COUPON
from tests.statements import Statements

TEN_PERCENT = {"stage": "item", "action": {"type": "percent_off_unit", "rate_bps": 1_000}}
SECOND_HALF = {
    "action": {
        "type": "ladder",
        "by": "amount",
        "tiers": [{"min": 8_000, "off_minor": 500}, {"min": 15_000, "off_minor": 2_000}],
    }
}


async def test_a_card_shows_the_lowest_offer_and_the_nearest_step(client, session):
    shop = await make_shop(session)
    ends_at = datetime(2100, 1, 1, tzinfo=UTC)
    ten = await make_promotion(session, shop.merchant.id, **TEN_PERCENT, ends_at=ends_at)
    ladder = await make_promotion(session, shop.merchant.id, **SECOND_HALF)
    far = await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "amount_off", "amount_minor": 9_000},
        condition={"all": [{"type": "min_amount", "amount_minor": 60_000}]},
    )
    await session.commit()
    assert await card(client, shop) == {
        "sku_id": str(shop.sku_ids[2]),
        "list_price_minor": 5_000,
        "before_minor": 5_000,
        "price_minor": 4_500,
        "price_kind": "list",
        "price_ends_at": None,
        "applied": [
            {
                "promotion_id": str(ten.id),
                "name": ten.name,
                "label": "-10%",
                "amount_minor": 500,
                "ends_at": "2100-01-01T00:00:00Z",
            }
        ],
        "gifts": [],
        "next_tier": {
            "promotion_id": str(ladder.id),
            "name": ladder.name,
            "missing_minor": 3_500,
            "missing_quantity": None,
            "gain_minor": 500,
            "gift_minor": 0,
        },
    }
    found = await sku_offers(client, shop)
    tea = found[shop.sku_ids[0]]
    assert [each["label"] for each in tea["applied"]] == ["-10%", "-5.00"]
    assert tea["price_minor"] == 8_500
    assert {each["promotion_id"] for each in tea["next_tiers"]} == {str(ladder.id), str(far.id)}
    told = await page(client, shop)
    assert {each["promotion_id"] for each in told["promotions"]} == {
        str(each.id) for each in (ten, ladder, far)
    }


async def test_answers_keep_their_shapes(client, session):
    shop = await make_shop(session)
    pot = await make_spu(session)
    gift = await make_sku(session, spu=pot)
    await put_price(session, shop.price_list.id, gift.id, 3_000)
    present = [{"sku_id": str(gift.id), "quantity": 1}]
    await make_promotion(session, shop.merchant.id, action={"type": "gift", "presents": present})
    await make_promotion(session, shop.merchant.id, **TEN_PERCENT)
    await session.commit()
    shown = await client.get(f"/api/v1/products/{shop.spu.id}")
    ProductPageOut.model_validate_json(shown.content, strict=True)
    listed = await client.get("/api/v1/products")
    ProductListOut.model_validate_json(listed.content, strict=True)


async def test_a_sku_without_a_price_has_no_offer_and_its_page_still_tells(client, session):
    shop = await make_shop(session, prices=())
    sku = await make_sku(session, spu=shop.spu)
    promotion = await make_promotion(session, shop.merchant.id)
    await session.commit()
    told = await page(client, shop)
    assert [(each["id"], each["offer"]) for each in told["skus"]] == [(str(sku.id), None)]
    assert [each["promotion_id"] for each in told["promotions"]] == [str(promotion.id)]
    sku.status = SkuStatus.INACTIVE
    await session.commit()
    told = await page(client, shop)
    assert (told["skus"], told["promotions"]) == ([], [])


async def test_of_equal_offers_the_oldest_sku_is_shown(client, session):
    shop = await make_shop(session, prices=(5_000, 4_000, 4_000))
    await session.commit()
    assert (await card(client, shop))["sku_id"] == str(shop.sku_ids[1])


async def test_blocked_prices_and_prices_by_coupon_stay_what_they_are(client, session):
    shop = await make_shop(session)
    flash = await make_price_list(session, kind=PriceListKind.FLASH, blocks_promotions=True)
    await put_price(session, flash.id, shop.sku_ids[0], 7_000)
    await make_promotion(session, shop.merchant.id, **TEN_PERCENT)
    by_coupon = await make_promotion(session, shop.merchant.id, **COUPON)
    await make_coupon(session, by_coupon.id)
    await session.commit()
    assert await prices(client, shop) == [7_000, 18_000, 4_500]
    assert str(by_coupon.id) in {
        each["promotion_id"] for each in (await page(client, shop))["promotions"]
    }


async def test_a_member_sees_the_prices_of_the_own_tier_and_nobody_else_does(client, session):
    shop = await make_shop(session)
    gold = await make_price_list(session, kind=PriceListKind.MEMBER_TIER, tier="gold")
    await put_price(session, gold.id, shop.sku_ids[0], 8_000)
    for_gold = {"all": [{"type": "customer_tags", "any": ["gold"]}]}
    await make_promotion(session, shop.merchant.id, **TEN_PERCENT, condition=for_gold)
    member = await make_member(session, tier="gold")
    plain, guest = await make_member(session), await make_guest(session)
    headers = [await bearer(session, each) for each in (member, plain, guest)]
    await session.commit()
    assert await prices(client, shop, **headers[0]) == [7_200, 18_000, 4_500]
    for other in (headers[1], headers[2], {}, {"Authorization": "Bearer stale"}):
        assert await prices(client, shop, **other) == [10_000, 20_000, 5_000]


async def test_a_first_order_is_for_members_who_have_none(client, session):
    shop = await make_shop(session)
    condition = {"all": [{"type": "first_order"}]}
    await make_promotion(session, shop.merchant.id, **TEN_PERCENT, condition=condition)
    headers = await bearer(session, shop.member)
    await session.commit()
    assert await prices(client, shop, **headers) == [9_000, 18_000, 4_500]
    assert await prices(client, shop) == [10_000, 20_000, 5_000]


async def test_an_answer_for_a_member_is_kept_by_nobody_else(client, session):
    shop = await make_shop(session)
    headers = await bearer(session, shop.member)
    await session.commit()
    for path in ("/api/v1/products", f"/api/v1/products/{shop.spu.id}"):
        ours = await client.get(path, headers=headers)
        anybody = await client.get(path)
        assert ours.headers["cache-control"] == "private, no-cache"
        assert anybody.headers["cache-control"] == "public, no-cache"
        assert "authorization" in ours.headers["vary"].lower()


@pytest.mark.parametrize("path", ["/api/v1/products?limit=20", "/api/v1/products/{spu}"])
async def test_a_page_is_one_statement_and_few_after_a_change(client, session, engine, path):
    shop = await make_shop(session)
    for _ in range(20):
        spu = await make_spu(session)
        for _ in range(3):
            sku = await make_sku(session, spu=spu)
            await put_price(session, shop.price_list.id, sku.id, 1_000)
    await make_promotion(session, shop.merchant.id, **TEN_PERCENT, budget_minor=10_000_000)
    headers = await bearer(session, shop.member)
    await session.commit()
    address = path.format(spu=shop.spu.id)

    async def sent(**more: str) -> int:
        with Statements(engine) as statements:
            assert (await client.get(address, headers=more)).status_code == 200
        return statements.count

    assert await sent() == 4  # the page, the rules, the page with what they need, the goods
    assert await sent() == 1
    signed_in = await sent(**headers)
    assert await sent(**headers) == signed_in - 1
    flash = await make_price_list(
        session, kind=PriceListKind.FLASH, ends_at=now() + timedelta(days=1)
    )
    for each in (shop.sku_ids[0], sku.id):
        await put_price(session, flash.id, each, 100)
    await session.commit()
    assert await sent() == 2  # the page and the one product that changed
    await make_promotion(session, shop.merchant.id)
    await session.commit()
    assert await sent() == 3
    assert await sent() == 1
