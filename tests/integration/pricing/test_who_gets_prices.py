"""Prices for some and not for others, all at once, and the explanation of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.enums.pricing import PriceListKind
from app.core.enums.scopes import Scope
from app.models.pricing import PriceListMember
from tests.factories.pricing import make_price_list, put_price
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.integration.promotions.buying import quote_for

LISTS, EXPLAIN = "/api/v1/admin/price-lists", "/api/v1/admin/price-explanations"


@pytest.fixture
async def headers(session):
    staff = await make_staff(session, scopes=(Scope.PRICING_READ, Scope.PRICING_WRITE))
    return await bearer(session, staff)


@pytest.fixture
async def shop(session):
    return await make_shop(session)


async def priced(session, shop, minor, **terms):
    """A list of one price for the first SKU; its quota and the like in `terms` too."""
    limits = {name: terms.pop(name) for name in ("quota", "min_quantity") if name in terms}
    row = await make_price_list(session, **terms)
    await put_price(session, row.id, shop.sku_ids[0], minor, **limits)
    return row


async def everything(session, shop):
    """List 100.00, channel 95, gold 93, contract 80, five pieces 90, group 70, one flash at 50."""
    found = {
        "channel": await priced(
            session, shop, 9_500, kind=PriceListKind.CHANNEL, channel_id=shop.channel.id
        ),
        "gold": await priced(session, shop, 9_300, kind=PriceListKind.MEMBER_TIER, tier="gold"),
        "b2b": await priced(session, shop, 8_000, kind=PriceListKind.B2B),
        "group": await priced(session, shop, 7_000, kind=PriceListKind.GROUP_BUY),
        "flash": await priced(
            session, shop, 5_000, kind=PriceListKind.FLASH, quota=1, blocks_promotions=True
        ),
    }
    await put_price(session, shop.price_list.id, shop.sku_ids[0], 9_000, min_quantity=5)
    return found


async def units(session, shop, quantity=3, **options):
    quoted = await quote_for(session, shop, (shop.sku_ids[0], quantity), **options)
    counts: dict[tuple[int, str], int] = {}
    for unit in quoted.quote.lines[0].units:  # those that differ in tax stand apart
        key = (unit.price_minor, unit.price_kind)
        counts[key] = counts.get(key, 0) + unit.count
    return [(count, *key) for key, count in counts.items()]


async def test_everybody_gets_the_lowest_that_is_for_them(session, shop):
    lists = await everything(session, shop)
    flash = (1, 5_000, "flash")
    assert await units(session, shop) == [flash, (2, 9_500, "channel")]
    assert await units(session, shop, 5) == [flash, (4, 9_000, "quantity")]
    shop.member.tier = "gold"
    await session.flush()
    assert await units(session, shop) == [flash, (2, 9_300, "member_tier")]
    session.add(PriceListMember(price_list_id=lists["b2b"].id, member_id=shop.member.id))
    await session.flush()
    assert await units(session, shop) == [flash, (2, 8_000, "b2b")]
    assert await units(session, shop, is_group_buy=True) == [flash, (2, 7_000, "group_buy")]
    assert await units(session, shop, member_id=None) == [flash, (2, 9_500, "channel")]


async def test_a_blocked_price_takes_no_coupon_and_the_rest_does(session, shop):
    """One at 50.00 that nothing touches, two at 95.00 of which the coupon takes 10 %."""
    await everything(session, shop)
    promotion = await make_promotion(
        session,
        shop.merchant.id,
        stage="coupon",
        needs_coupon=True,
        action={"type": "percent_off", "rate_bps": 1_000},
    )
    coupon = await make_coupon(session, promotion.id, member_id=shop.member.id)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 3), coupon_codes=(coupon.code,))
    told = {(unit.net_minor, unit.is_blocked) for unit in quoted.quote.lines[0].units}
    assert told == {(5_000, True), (8_550, False)}
    assert quoted.quote.totals.payable_minor == 5_000 + 2 * 8_550
    only = await quote_for(session, shop, (shop.sku_ids[0], 1), coupon_codes=(coupon.code,))
    assert [(r.reason) for r in only.quote.rejected] == ["NO_MATCHING_ITEMS"]


async def test_the_quote_says_why_of_what_the_shopper_could_have(session, shop):
    lists = await everything(session, shop)
    line = (await quote_for(session, shop, (shop.sku_ids[0], 3))).quote.lines[0].to_dict()
    told = [
        (each["price_list_id"], each["quantity"], each["reason"], each["missing_quantity"])
        for each in line["prices"]
    ]
    assert told == [
        (str(lists["flash"].id), 1, "APPLIED", 0),
        (str(shop.price_list.id), 0, "MIN_QUANTITY", 2),
        (str(lists["channel"].id), 2, "APPLIED", 0),
        (str(shop.price_list.id), 0, "NOT_LOWEST", 0),
    ]


async def test_members_are_named_and_taken_off(client, session, shop, headers):
    contract = await priced(session, shop, 8_000, kind=PriceListKind.B2B)
    url, member = f"{LISTS}/{contract.id}/members", str(shop.member.id)
    for body, changed in [({"add": [member]}, 1), ({"add": [member]}, 0)]:
        answer = await client.put(url, json=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"changed": changed})
    assert await units(session, shop, 1) == [(1, 8_000, "b2b")]
    listed = (await client.get(url, headers=headers)).json()["items"]
    assert [(each["id"], each["name"]) for each in listed] == [(member, "Lin Shopper")]
    await client.put(url, json={"remove": [member]}, headers=headers)
    assert await units(session, shop, 1) == [(1, 10_000, "list")]
    logged = await session.scalars(
        text("SELECT changes FROM operation_log WHERE action = 'pricing.name_members' ORDER BY seq")
    )
    assert logged.all() == [{"added": [member]}, {"removed": [member]}]


async def test_who_cannot_be_named_is_refused(client, session, shop, headers):
    contract = await priced(session, shop, 8_000, kind=PriceListKind.B2B)
    unknown, member = str(uuid4()), str(shop.member.id)
    for list_id, body, status, slug in [
        (contract.id, {"add": [unknown, member]}, 422, "unknown-members"),
        (contract.id, {"add": [member], "remove": [member]}, 422, "invalid-price-list"),
        (shop.price_list.id, {"add": [member]}, 422, "invalid-price-list"),
        (unknown, {"add": [member]}, 404, "not-found"),
    ]:
        answer = await client.put(f"{LISTS}/{list_id}/members", json=body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert await units(session, shop, 1) == [(1, 10_000, "list")]


async def test_staff_see_what_became_of_every_price(client, session, shop, headers):
    lists = await everything(session, shop)
    old = await make_price_list(session)
    await put_price(session, old.id, shop.sku_ids[0], 9_900)
    soon = now() + timedelta(hours=1)
    for minor, terms in [
        (10, {"starts_at": soon}),
        (20, {"ends_at": now() - timedelta(hours=1)}),
        (30, {"is_active": False}),
        (40, {"currency": "JPY"}),
    ]:
        await priced(session, shop, minor, kind=PriceListKind.FLASH, **terms)
    answer = await client.get(f"{EXPLAIN}/{shop.sku_ids[0]}?quantity=3", headers=headers)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["list_minor"], told["goods_minor"]) == (10_000, 5_000 + 2 * 9_500)
    assert [(e["price_minor"], e["quantity"], e["reason"]) for e in told["prices"]] == [
        (10, 0, "NOT_STARTED"),
        (20, 0, "ENDED"),
        (30, 0, "INACTIVE"),
        (40, 0, "CURRENCY"),
        (5_000, 1, "APPLIED"),
        (7_000, 0, "NOT_A_GROUP"),
        (8_000, 0, "NOT_NAMED"),
        (9_000, 0, "MIN_QUANTITY"),
        (9_300, 0, "TIER"),
        (9_500, 2, "APPLIED"),
        (9_900, 0, "OTHER_LIST"),
        (10_000, 0, "NOT_LOWEST"),
    ]
    params = {"tier": "gold", "at": soon.isoformat(), "is_group_buy": True}
    later = await client.get(f"{EXPLAIN}/{shop.sku_ids[0]}", params=params, headers=headers)
    reasons = {e["price_minor"]: e["reason"] for e in later.json()["prices"]}
    assert (reasons[10], reasons[7_000], reasons[9_300]) == ("APPLIED", "NOT_LOWEST", "NOT_LOWEST")
    assert lists["gold"].code in {each["price_list_code"] for each in told["prices"]}
    unknown = await client.get(f"{EXPLAIN}/{uuid4()}", headers=headers)
    assert unknown.status_code == 409


async def test_a_sku_with_one_price_is_explained_too(client, session, shop, headers):
    told = (await client.get(f"{EXPLAIN}/{shop.sku_ids[1]}", headers=headers)).json()
    assert [(e["price_minor"], e["reason"]) for e in told["prices"]] == [(20_000, "APPLIED")]


async def test_pages_for_everybody_show_no_price_for_some(client, session, shop):
    await everything(session, shop)
    await session.commit()
    page = (await client.get(f"/api/v1/products/{shop.spu.slug}")).json()
    assert (page["skus"][0]["price_minor"], page["skus"][0]["price_kind"]) == (5_000, "flash")
    assert page["skus"][0]["quantity_prices"] == [{"min_quantity": 5, "price_minor": 9_000}]
    listed = (await client.get("/api/v1/products")).json()["items"]
    assert min(each["max_price_minor"] for each in listed) == 20_000
