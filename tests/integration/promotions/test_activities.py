"""Landing pages of activities: which goods, how long, and whether anything is left."""

from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.enums.catalog import SkuStatus
from app.core.enums.promotions import PromotionStatus
from app.core.ids import new_id
from app.schemas.activities import ActivityOut
from tests.factories.catalog import make_brand, make_category, make_sku, make_spu
from tests.factories.pricing import put_price
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import quote_for, reserve
from tests.integration.promotions.offering import page
from tests.statements import Statements

DAY = timedelta(days=1)


async def landing(client, promotion, **params):
    response = await client.get(f"/api/v1/activities/{promotion.code}", params=params)
    assert response.status_code == 200, response.text
    ActivityOut.model_validate_json(response.content, strict=True)
    return response.json()


async def shown(client, promotion, **params) -> list[str]:
    told = await landing(client, promotion, **params)
    return [each["id"] for each in told["products"]["items"]]


async def test_it_tells_of_the_promotion_and_what_its_goods_cost(client, session):
    shop = await make_shop(session)
    ends_at = now() + DAY
    promotion = await make_promotion(
        session, shop.merchant.id, scope={"categories": [str(shop.root.id)]}, ends_at=ends_at
    )
    await session.commit()
    told = await landing(client, promotion)
    head = told["activity"]
    assert (head["promotion_id"], head["name"], head["kind"], head["state"]) == (
        str(promotion.id),
        promotion.name,
        "amount_off",
        "running",
    )
    assert head["starts_at"] is None
    assert head["at"] < head["ends_at"]
    (item,) = told["products"]["items"]
    assert (item["id"], item["offer"]["price_minor"]) == (str(shop.spu.id), 4_000)


@pytest.mark.parametrize(
    ("terms", "state"),
    [
        ({"starts_at": now() + DAY}, "upcoming"),
        ({"ends_at": now() - DAY}, "ended"),
        ({"status": PromotionStatus.ENDED, "approved_number": 1}, "ended"),
        ({"total_uses": 0}, "sold_out"),
        ({"budget_minor": 0}, "sold_out"),
        ({"total_uses": 1, "budget_minor": 1}, "running"),
    ],
)
async def test_it_says_how_the_promotion_stands(client, session, terms, state):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **terms)
    await session.commit()
    assert (await landing(client, promotion))["activity"]["state"] == state


@pytest.mark.parametrize(
    "terms",
    [
        {"status": PromotionStatus.DRAFT},
        {"status": PromotionStatus.APPROVED},
        {"status": PromotionStatus.ENDED},
        {"currency": "JPY"},
        {"channel_ids": [new_id()]},
    ],
)
async def test_nobody_is_told_of_what_was_not_started_here(client, session, terms):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **terms)
    await session.commit()
    for code in (promotion.code, "no-such-activity"):
        assert (await client.get(f"/api/v1/activities/{code}")).status_code == 404


async def test_it_sells_out_with_the_last_use(client, session):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, total_uses=1)
    await session.commit()
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    await reserve(session, quoted, new_id(), shop.member.id)
    await session.commit()
    told = await landing(client, promotion)
    assert told["activity"]["state"] == "sold_out"
    assert told["products"]["items"][0]["offer"]["applied"] == []


async def test_it_shows_just_the_products_whose_pages_tell_of_it(client, session):
    shop, other = await make_shop(session), await make_shop(session)
    scopes = [
        {},
        {"categories": [str(shop.root.id)]},
        {"categories": [str(shop.category.id)], "brands": [str(other.brand.id)]},
        {"brands": [str(other.brand.id)], "exclude_spus": [str(other.spu.id)]},
        {"merchants": [str(shop.merchant.id)], "exclude_brands": [str(shop.brand.id)]},
        {"spus": [str(shop.spu.id)], "exclude_skus": [str(each) for each in shop.sku_ids[1:]]},
        {"spus": [str(shop.spu.id)], "exclude_skus": [str(each) for each in shop.sku_ids]},
        {"skus": [str(other.sku_ids[2]), "no id"]},
        {"skus": ["no id"]},
        {"exclude_categories": [str(other.root.id)]},
    ]
    made = [await make_promotion(session, shop.merchant.id, scope=scope) for scope in scopes]
    bundle = {
        "type": "bundle_fixed",
        "price_minor": 9_000,
        "items": [{"sku_id": str(each.sku_ids[0]), "quantity": 1} for each in (shop, other)],
    }
    made.append(await make_promotion(session, shop.merchant.id, stage="item", action=bundle))
    await session.commit()
    pages = [await page(client, each) for each in (other, shop)]
    found = []
    for promotion in made:
        touched = [
            each["id"]
            for each in pages
            if str(promotion.id) in {told["promotion_id"] for told in each["promotions"]}
        ]
        assert await shown(client, promotion) == touched
        found.append(len(touched))
    assert found == [2, 1, 2, 0, 1, 1, 0, 1, 0, 1, 2]


async def test_a_sku_that_is_not_sold_brings_no_product_in(client, session):
    shop = await make_shop(session)
    promotion = await make_promotion(
        session, shop.merchant.id, scope={"skus": [str(shop.sku_ids[0])]}
    )
    shop.skus[0].status = SkuStatus.INACTIVE
    await session.commit()
    assert await shown(client, promotion) == []


async def test_its_products_page_by_a_cursor_of_its_own(client, session, engine):
    shop = await make_shop(session)
    category = await make_category(session, parent=shop.root)
    brand = await make_brand(session)
    made = []
    for _ in range(3):
        spu = await make_spu(session, category_id=category.id, brand_id=brand.id)
        sku = await make_sku(session, spu=spu)
        await put_price(session, shop.price_list.id, sku.id, 1_000)
        made.append(str(spu.id))
    promotion = await make_promotion(
        session, shop.merchant.id, scope={"categories": [str(category.id)]}
    )
    second = await make_promotion(session, shop.merchant.id)
    await session.commit()
    first = await landing(client, promotion, limit=2)
    assert [each["id"] for each in first["products"]["items"]] == made[:0:-1]
    after = first["products"]["next_after"]
    assert await shown(client, promotion, limit=2, after=after) == made[:1]
    other = await client.get(f"/api/v1/activities/{second.code}", params={"after": after})
    assert other.status_code == 422
    with Statements(engine) as statements:
        response = await client.get(f"/api/v1/activities/{promotion.code}")
    assert statements.count == 3
    tag = response.headers["etag"]
    again = await client.get(f"/api/v1/activities/{promotion.code}", headers={"If-None-Match": tag})
    assert again.status_code == 304
