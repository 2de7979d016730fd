"""What channels allow of discounts: kept by staff, and by every quote without another statement."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.services import promotions
from tests.factories.catalog import make_channel
from tests.factories.merchants import bearer as key_bearer
from tests.factories.merchants import make_api_key, make_merchant
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.integration.promotions.buying import quote_for
from tests.statements import Statements

POLICIES, FLOORS = "/api/v1/admin/price-policies", "/api/v1/admin/price-floors"


@pytest.fixture
async def headers(session):
    staff = await make_staff(session, scopes=(Scope.PRICING_READ, Scope.PRICING_WRITE))
    return await bearer(session, staff)


async def put(client, headers, channel, version=0, **terms):
    answer = await client.put(
        f"{POLICIES}/{channel}", json=terms, headers=headers | {"If-Match": f'"{version}"'}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_channel_says_what_differs_from_all(client, session, headers):
    shop = await make_shop(session)
    nothing = await client.get(f"{POLICIES}/default", headers=headers)
    assert (nothing.json()["version"], nothing.headers["etag"]) == (0, '"0"')
    assert nothing.json()["effective"] == {
        "max_discount_bps": 10_000,
        "min_margin_bps": None,
        "objective": "customer_best",
        "stages": ["item", "order", "coupon", "shipping"],
        "tax_scope": "line",
        "shipping_tax": "none",
        "shipping_tax_bps": None,
        "joint_discount_bps": None,
        "approval_drop_bps": None,
    }
    await put(client, headers, "default", max_discount_bps=5_000, min_margin_bps=1_000)
    told = await put(client, headers, shop.channel.id, max_discount_bps=3_000)
    assert told["own"]["min_margin_bps"] is None
    assert told["effective"]["min_margin_bps"] == 1_000
    assert told["effective"]["max_discount_bps"] == 3_000
    assert told["version"] == 1
    changed = await put(client, headers, shop.channel.id, 1, objective="priority")
    assert (changed["version"], changed["effective"]["max_discount_bps"]) == (2, 5_000)
    logged = await session.execute(
        text("SELECT changes FROM operation_log WHERE action = 'pricing.edit_policy' ORDER BY seq")
    )
    assert logged.scalars().all()[-1] == {
        "max_discount_bps": [3_000, None],
        "objective": [None, "priority"],
    }


async def test_stale_and_impossible_policies_are_refused(client, session, headers):
    await put(client, headers, "default", max_discount_bps=5_000)
    for version, body, status in [
        ('"0"', {"max_discount_bps": 1}, 412),
        ('"1"', {"stages": ["order", "item"]}, 422),
        ('"1"', {"min_margin_bps": 10_000}, 422),
    ]:
        answer = await client.put(
            f"{POLICIES}/default", json=body, headers=headers | {"If-Match": version}
        )
        assert answer.status_code == status
    unknown = await client.put(
        f"{POLICIES}/{uuid4()}", json={}, headers=headers | {"If-Match": '"0"'}
    )
    assert unknown.status_code == 404


async def test_quotes_keep_to_the_cap_of_their_channel(client, session, headers, engine):
    """70 off 100 with a cap of 30 % leaves 70; the other 40 are what the floor kept."""
    shop = await make_shop(session)
    await make_promotion(
        session, shop.merchant.id, action={"type": "amount_off", "amount_minor": 7_000}
    )
    free = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert free.quote.totals.payable_minor == 3_000
    await put(client, headers, shop.channel.id, max_discount_bps=3_000)
    with Statements(engine) as statements:
        capped = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert statements.count == 2
    assert capped.quote.totals.payable_minor == 7_000
    assert [(a.amount_minor, a.capped_minor) for a in capped.quote.applied] == [(3_000, 4_000)]


async def test_no_discount_goes_under_a_floor_or_the_margin(client, session, headers):
    """Tea costs 60.00 before tax; with 20 % margin and 13 % tax its floor is 84.75."""
    shop = await make_shop(session)
    tea, cup, _ = map(str, shop.sku_ids)
    shop.skus[0].cost_minor, shop.skus[0].cost_currency = 6_000, "CNY"
    shop.skus[2].cost_minor, shop.skus[2].cost_currency = 6_000, "JPY"
    await make_promotion(
        session,
        shop.merchant.id,
        stage="item",
        action={"type": "percent_off_unit", "rate_bps": 5_000},
    )
    rows = [
        {"sku_id": tea, "currency": "CNY", "floor_minor": 6_000},
        {"sku_id": cup, "currency": "CNY", "floor_minor": 15_000},
        {"sku_id": cup, "currency": "JPY", "floor_minor": 19_000},
    ]
    put_rows = await client.put(FLOORS, json={"floors": rows}, headers=headers)
    assert put_rows.json() == {"changed": 3}

    async def nets():
        quoted = await quote_for(session, shop, *((each, 1) for each in shop.sku_ids))
        return [line.net_minor for line in quoted.quote.lines]

    assert await nets() == [6_000, 15_000, 2_500]
    await put(client, headers, "default", min_margin_bps=2_000)
    assert await nets() == [8_475, 15_000, 2_500]
    again = await client.put(FLOORS, json={"floors": rows}, headers=headers)
    assert again.json() == {"changed": 0}
    none = {"floors": [{"sku_id": tea, "currency": "CNY", "floor_minor": None}]}
    assert (await client.put(FLOORS, json=none, headers=headers)).json() == {"changed": 1}
    assert await nets() == [8_475, 15_000, 2_500]
    first = (await client.get(f"{FLOORS}?limit=1", headers=headers)).json()
    rest = (await client.get(f"{FLOORS}?after={first['next_after']}", headers=headers)).json()
    told = [(row["sku_id"], row["currency"]) for row in first["items"] + rest["items"]]
    assert told == [(cup, "CNY"), (cup, "JPY")]


async def test_a_merchant_keeps_floors_of_its_own_goods(client, session):
    shop = await make_shop(session)
    merchant = await make_merchant(session)
    key = await make_api_key(session, merchant.id, scopes=(Scope.PRICING_READ, Scope.PRICING_WRITE))
    headers, url = key_bearer(key), "/api/v1/merchant/price-floors"
    row = {"sku_id": str(shop.sku_ids[0]), "currency": "CNY", "floor_minor": 1}
    refused = await client.put(url, json={"floors": [row]}, headers=headers)
    assert (refused.status_code, refused.json()["sku_ids"]) == (422, [row["sku_id"]])
    shop.skus[0].merchant_id = merchant.id
    await session.flush()
    assert (await client.put(url, json={"floors": [row]}, headers=headers)).status_code == 200
    listed = (await client.get(url, headers=headers)).json()["items"]
    assert [each["floor_minor"] for each in listed] == [1]


async def test_a_channel_may_insert_stages(client, session, headers):
    """20.00 off at 100.00, then 10 % of what is left: the shop's coupon before the platform's."""
    shop = await make_shop(session)
    stages = {"coupon_shop": 0, "coupon": 0}
    actions = {
        "coupon_shop": {"type": "amount_off", "amount_minor": 2_000},
        "coupon": {"type": "percent_off", "rate_bps": 1_000},
    }
    for stage, action in actions.items():
        row = await make_promotion(session, shop.merchant.id, stage=stage, action=action)
        stages[stage] = str(row.id)
    plain = (await quote_for(session, shop, (shop.sku_ids[0], 1))).quote
    assert plain.totals.payable_minor == 9_000
    assert [(r.promotion_id, r.reason, r.detail) for r in plain.rejected] == [
        (stages["coupon_shop"], "CHANNEL", (("stage", "coupon_shop"),))
    ]
    await put(client, headers, "default", stages=["item", "order", "coupon_shop", "coupon"])
    both = (await quote_for(session, shop, (shop.sku_ids[0], 1))).quote
    assert [(a.stage, a.amount_minor) for a in both.applied] == [
        ("coupon_shop", 2_000),
        ("coupon", 800),
    ]


async def test_the_lint_knows_stages_and_rates_of_the_channels(client, session, headers):
    shop = await make_shop(session)
    other = await make_channel(session)
    for depth in (3_000, 3_500):
        row = await make_promotion(
            session,
            shop.merchant.id,
            stage="order",
            channel_ids=[shop.channel.id],
            action={"type": "percent_off", "rate_bps": depth},
            stack={"in_stage": "stack"},
        )

    async def remarks():
        return {each.code for each in await promotions.lint_promotion(session, row.id)}

    assert "DEEP_TOGETHER" not in await remarks()
    await put(client, headers, shop.channel.id, joint_discount_bps=6_000)
    assert "DEEP_TOGETHER" in await remarks()
    assert "STAGE_NOT_USED" not in await remarks()
    await put(client, headers, other.id, stages=["order"])
    await put(client, headers, shop.channel.id, 1, stages=["item", "coupon"])
    assert "STAGE_NOT_USED" in await remarks()


async def test_objective_and_tax_scope_are_the_channels(client, session, headers):
    """By priority the small discount stays; 16.50 hold 1.898 of tax at 13 %."""
    shop = await make_shop(session, prices=(555, 555, 550))
    for amount, priority in ((10, 2), (300, 1)):
        await make_promotion(
            session,
            shop.merchant.id,
            priority=priority,
            action={"type": "amount_off", "amount_minor": amount},
        )
    wanted = [(each, 1) for each in shop.sku_ids]
    assert (await quote_for(session, shop, *wanted)).quote.totals.discount_minor == 300
    await put(client, headers, "default", objective="priority", tax_scope="rate_group")
    told = (await quote_for(session, shop, *wanted)).quote
    assert (told.objective, told.totals.discount_minor) == ("priority", 10)
    # 1650 · 1300 / 11300 = 189.82 for all of it.
    assert told.totals.tax_minor == 190
