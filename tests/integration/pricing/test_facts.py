"""What goods cost before promotions, read in one statement."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.clock import now
from app.core.enums.catalog import ProductStatus, SkuStatus
from app.core.enums.pricing import PriceListKind
from app.services import pricing
from app.services.catalog import ChannelFacts
from app.services.pricing import NotForSale, WantedLine
from app.services.pricing.engine import PriceContext, price_lines
from tests.factories.pricing import make_price_list, put_price
from tests.factories.shop import make_shop
from tests.statements import Statements


def channel_of(shop):
    row = shop.channel
    return ChannelFacts(
        row.id, row.code, row.currency, row.country, row.tax_mode, is_active=row.is_active
    )


async def facts_of(session, shop, *wanted, member_id=None, **options):
    lines = [WantedLine(str(i), sku_id, n) for i, (sku_id, n) in enumerate(wanted)]
    return await pricing.line_facts(
        session, lines, channel=channel_of(shop), member_id=member_id, **options
    )


async def unit_prices(session, shop, *wanted, member_id=None):
    """`(count, price, kind)` of every run of every line."""
    facts = await facts_of(session, shop, *wanted, member_id=member_id)
    context = PriceContext(facts.at, str(shop.channel.id), facts.tier)
    return [
        [(count, price, kind) for count, price, kind, _, _ in runs]
        for _, runs in price_lines(facts.lines, context)
    ]


async def test_one_statement_tells_the_engine_all_of_a_line(session, engine):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    with Statements(engine) as statements:
        facts = await facts_of(session, shop, (tea, 2), (cup, 1), (tea, 1))
    assert statements.count == 1
    first = facts.lines[0]
    assert [line.id for line in facts.lines] == ["0", "1", "2"]
    assert (first.sku_id, first.quantity, first.list_minor) == (str(tea), 2, 10_000)
    assert first.tax_rate_bps == 1_300
    assert first.categories == {str(shop.category.id), str(shop.root.id)}
    assert first.brand_id == str(shop.brand.id)
    assert first.merchant_id == str(shop.merchant.id)
    sku = facts.skus[tea]
    assert (sku.sku_code, sku.name, sku.weight_grams) == (
        shop.skus[0].code,
        shop.spu.name,
        200,
    )
    assert sku.options == {"size": "0"}


async def test_everything_that_cannot_be_bought_is_named(session):
    shop = await make_shop(session, prices=(100, 200, 300))
    tea, cup, pot = shop.sku_ids
    shop.skus[0].status = SkuStatus.INACTIVE
    await pricing.set_prices(session, shop.price_list.id, [pricing.PriceRow(cup, None)], actor=None)
    unknown = uuid4()
    with pytest.raises(NotForSale) as refusal:
        await facts_of(session, shop, (tea, 1), (cup, 1), (pot, 1), (unknown, 1))
    assert {each["sku_id"]: each["reason"] for each in refusal.value.context["skus"]} == {
        str(tea): "inactive",
        str(cup): "no_price",
        str(unknown): "unknown",
    }
    facts = await facts_of(session, shop, (tea, 1), (pot, 1), skip_unsaleable=True)
    assert [line.sku_id for line in facts.lines] == [str(pot)]
    shop.spu.status = ProductStatus.OFF_SALE
    with pytest.raises(NotForSale):
        await facts_of(session, shop, (pot, 1))


async def test_the_lowest_open_price_wins(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    later, earlier = now() + timedelta(days=1), now() - timedelta(days=1)
    for price_minor, terms in [
        (9_000, {"kind": PriceListKind.CHANNEL, "channel_id": shop.channel.id}),
        (8_000, {"kind": PriceListKind.MEMBER_TIER, "tier": "gold"}),
        (10, {"kind": PriceListKind.FLASH, "starts_at": later}),
        (20, {"kind": PriceListKind.FLASH, "ends_at": earlier}),
        (30, {"kind": PriceListKind.FLASH, "is_active": False}),
        (40, {"kind": PriceListKind.FLASH, "currency": "JPY"}),
    ]:
        row = await make_price_list(session, **terms)
        await put_price(session, row.id, tea, price_minor)
    assert await unit_prices(session, shop, (tea, 1)) == [[(1, 9_000, "channel")]]
    shop.member.tier = "gold"
    await session.flush()
    assert await unit_prices(session, shop, (tea, 1), member_id=shop.member.id) == [
        [(1, 8_000, "member_tier")]
    ]


async def test_a_channel_may_have_a_list_of_its_own(session):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    own = await make_price_list(session, channel_id=shop.channel.id)
    await put_price(session, own.id, tea, 12_000)
    assert await unit_prices(session, shop, (tea, 1), (cup, 1)) == [
        [(1, 12_000, "list")],
        [(1, 20_000, "list")],
    ]


async def test_more_pieces_may_cost_less_each(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await put_price(session, shop.price_list.id, tea, 7_000, min_quantity=3)
    assert await unit_prices(session, shop, (tea, 2)) == [[(2, 10_000, "list")]]
    assert await unit_prices(session, shop, (tea, 2), (tea, 1)) == [
        [(2, 7_000, "quantity")],
        [(1, 7_000, "quantity")],
    ]


async def test_an_offer_tells_the_price_of_one_piece(session, engine):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    ends_at = now() + timedelta(hours=1)
    flash = await make_price_list(
        session, kind=PriceListKind.FLASH, ends_at=ends_at, blocks_promotions=True
    )
    await put_price(session, flash.id, tea, 6_000, quota=5)
    with Statements(engine) as statements:
        found = await pricing.offers(session, [tea, cup], channel=channel_of(shop))
    assert statements.count == 1
    assert found == {
        tea: pricing.Offer(tea, 10_000, 6_000, "flash", is_blocked=True, ends_at=ends_at),
        cup: pricing.Offer(cup, 20_000, 20_000, "list", is_blocked=False, ends_at=None),
    }
