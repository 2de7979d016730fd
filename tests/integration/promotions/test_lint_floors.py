"""Goods a promotion can take to where discounts stop."""

import pytest

from app.core.enums.promotions import PromotionStatus
from app.models.pricing import PricePolicy
from app.services import promotions
from app.services.pricing import FloorRow, set_floors
from app.services.promotions.depth import most_off_minor
from app.services.promotions.engine import parse_rule
from tests.factories.orders import place
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.factories.staff import actor_of, make_staff

ID = "019a0000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("stage", "action", "off"),
    [
        ("item", {"type": "percent_off_unit", "rate_bps": 3_000}, 3_000),
        ("item", {"type": "amount_off_unit", "amount_minor": 900}, 900),
        ("item", {"type": "fixed_price", "price_minor": 2_500}, 7_500),
        ("item", {"type": "nth", "n": 2, "rate_bps": 5_000}, 2_500),
        ("item", {"type": "nth", "n": 2, "rate_bps": 5_000, "spread": "target"}, 5_000),
        ("item", {"type": "bxgy", "buy": 3, "get": 1, "spread": "target"}, 10_000),
        ("item", {"type": "bundle_n", "n": 3, "price_minor": 15_000}, 5_000),
        ("item", {"type": "addon", "price_minor": 990}, 9_010),
        (
            "item",
            {
                "type": "bundle_fixed",
                "price_minor": 1,
                "items": [{"sku_id": ID, "quantity": 2}],
            },
            0,
        ),
        ("order", {"type": "percent_off", "rate_bps": 2_000, "cap_minor": 50}, 2_000),
        ("order", {"type": "amount_off", "amount_minor": 4_000}, 4_000),
        ("order", {"type": "each", "every_minor": 20_000, "off_minor": 5_000}, 2_500),
        ("order", {"type": "gift", "presents": [{"sku_id": ID, "quantity": 1}]}, 0),
        ("shipping", {"type": "ship_free"}, 0),
    ],
)
def test_the_most_a_piece_can_lose(stage, action, off):
    assert most_off_minor(parse_rule(stage, {"action": action}), 10_000) == off


def test_a_limit_of_the_promotion_limits_that():
    rule = parse_rule(
        "item",
        {
            "action": {"type": "percent_off_unit", "rate_bps": 3_000},
            "limits": {"max_discount_minor": 100},
        },
    )
    assert most_off_minor(rule, 10_000) == 100


async def floor(session, shop, *floors):
    rows = [
        FloorRow(sku_id, "CNY", least) for sku_id, least in zip(shop.sku_ids, floors, strict=False)
    ]
    await set_floors(session, rows, actor=actor_of(await make_staff(session)))


async def remarks(session, promotion):
    found = await promotions.lint_promotion(session, promotion.id)
    return {each.code: each.message for each in found if each.code == "REACHES_FLOOR"}


async def half_off(session, shop, **terms):
    return await make_promotion(
        session,
        shop.merchant.id,
        **{
            "status": PromotionStatus.DRAFT,
            "stage": "item",
            "action": {"type": "percent_off_unit", "rate_bps": 5_000},
            **terms,
        },
    )


async def test_goods_at_their_floor_are_named(session):
    shop = await make_shop(session)
    await floor(session, shop, 5_000, 9_999)
    promotion = await half_off(session, shop)
    found = await remarks(session, promotion)
    assert "can take 1 SKUs" in found["REACHES_FLOOR"]
    assert str(shop.sku_ids[0]) in found["REACHES_FLOOR"]
    elsewhere = await half_off(session, shop, scope={"skus": [str(shop.sku_ids[1])]})
    assert await remarks(session, elsewhere) == {}
    by_brand = await half_off(session, shop, scope={"brands": [str(shop.brand.id)]})
    by_category = await half_off(session, shop, scope={"categories": [str(shop.root.id)]})
    for each in (by_brand, by_category):
        assert set(await remarks(session, each)) == {"REACHES_FLOOR"}


async def test_the_cap_of_the_channel_is_a_floor_of_what_sells(session):
    shop = await make_shop(session)
    promotion = await half_off(session, shop)
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    assert await remarks(session, promotion) == {}
    session.add(PricePolicy(channel_id=shop.channel.id, max_discount_bps=4_000))
    await session.flush()
    assert set(await remarks(session, promotion)) == {"REACHES_FLOOR"}
