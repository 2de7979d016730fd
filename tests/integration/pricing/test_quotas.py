"""Flash prices with a quota, in all and per member."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.pricing import PriceListKind
from app.core.ids import new_id
from app.services import pricing
from app.services.pricing import QuotaExhausted, QuotaUse
from app.services.pricing.engine import PriceContext
from tests.factories.pricing import make_price_list, put_price
from tests.factories.shop import make_shop
from tests.integration.pricing.test_facts import facts_of, unit_prices
from tests.statements import Statements


async def make_flash(session, shop, **terms):
    """A list at 60.00 for the first SKU."""
    flash = await make_price_list(session, kind=PriceListKind.FLASH)
    await put_price(session, flash.id, shop.sku_ids[0], 6_000, **terms)
    return flash


async def sold(session, price_list):
    return await session.scalar(
        text("SELECT sum(sold)::int FROM prices WHERE price_list_id = :id"), {"id": price_list.id}
    )


async def hold_member(session, member_id):
    """As placing an order does before anything else."""
    await session.execute(
        text("SELECT FROM members WHERE id = :id FOR NO KEY UPDATE"), {"id": member_id}
    )


async def uses_of(session, shop, *wanted):
    facts = await facts_of(session, shop, *wanted, member_id=shop.member.id)
    context = PriceContext(facts.at, str(shop.channel.id), facts.tier)
    return pricing.quota_uses(facts.lines, context)


async def test_pieces_beyond_the_quota_cost_the_next_price(session, engine):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    flash = await make_flash(session, shop, quota=5, per_member=3)
    assert await unit_prices(session, shop, (tea, 4), member_id=shop.member.id) == [
        [(3, 6_000, "flash"), (1, 10_000, "list")]
    ]
    uses = await uses_of(session, shop, (tea, 1), (cup, 1), (tea, 3))
    assert uses == (QuotaUse(tea, flash.id, 1, 3),)
    with Statements(engine) as statements:
        await pricing.use_quota(session, uuid4(), shop.member.id, uses)
    assert statements.count == 1
    assert await unit_prices(session, shop, (tea, 1), member_id=shop.member.id) == [
        [(1, 10_000, "list")]
    ]
    assert await unit_prices(session, shop, (tea, 3)) == [
        [(2, 6_000, "flash"), (1, 10_000, "list")]
    ]


async def test_too_much_is_refused_and_takes_nothing(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    flash = await make_flash(session, shop, quota=2)
    with pytest.raises(QuotaExhausted) as refusal:
        await pricing.use_quota(session, uuid4(), shop.member.id, [QuotaUse(tea, flash.id, 1, 3)])
    assert refusal.value.context["rows"] == [
        {"sku_id": str(tea), "price_list_id": str(flash.id), "min_quantity": 1}
    ]
    assert await sold(session, flash) == 0


async def test_a_quota_is_given_back_once(session):
    shop = await make_shop(session)
    flash = await make_flash(session, shop, quota=2)
    order_id = uuid4()
    await pricing.use_quota(
        session, order_id, shop.member.id, [QuotaUse(shop.sku_ids[0], flash.id, 1, 2)]
    )
    assert await sold(session, flash) == 2
    for _ in range(2):
        await pricing.release_quota(session, order_id)
    assert await sold(session, flash) == 0


async def test_a_quota_is_given_back_piece_by_piece_to_the_list_it_is_of(session):
    """Two lists sell the same SKU: each gets back what was taken of it, and no more in all."""
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    first, second = [await make_flash(session, shop, quota=9) for _ in range(2)]
    await put_price(session, first.id, tea, 5_000, min_quantity=5, quota=9)
    order_id = uuid4()
    uses = [QuotaUse(tea, first.id, 1, 3), QuotaUse(tea, second.id, 1, 2)]
    await pricing.use_quota(session, order_id, shop.member.id, uses)

    async def give_back(price_list, pieces):
        less = [QuotaUse(tea, price_list.id, 1, pieces)]
        await pricing.lessen_quota(session, order_id, less, exchanges=(), bargains=())
        return [await sold(session, each) for each in (first, second)]

    assert await give_back(first, 1) == [2, 2]
    assert await give_back(second, 2) == [2, 0]
    assert await pricing.held_quota(session, order_id) == (QuotaUse(tea, first.id, 1, 2),)
    assert await give_back(second, 1) == [2, 0]
    await pricing.release_quota(session, order_id)
    assert [await sold(session, each) for each in (first, second)] == [0, 0]


@pytest.mark.parametrize("limit", ["quota", "per_member"])
async def test_a_rush_takes_the_quota_and_no_more(fresh_engine, limit):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        flash = await make_flash(session, shop, **{limit: 5})

    async def take():
        member_id = shop.member.id if limit == "per_member" else new_id()
        try:
            async with unit_of_work(sessions) as session:
                await hold_member(session, member_id)
                uses = [QuotaUse(shop.sku_ids[0], flash.id, 1, 1)]
                await pricing.use_quota(session, new_id(), member_id, uses)
        except QuotaExhausted:
            return False
        return True

    got = await asyncio.gather(*(take() for _ in range(40)))
    assert sum(got) == 5
    async with sessions() as session:
        assert await sold(session, flash) == 5


async def test_many_give_back_a_piece_at_once_and_each_counts(fresh_engine):
    sessions = build_sessions(fresh_engine)
    orders = [new_id() for _ in range(20)]
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        flash = await make_flash(session, shop, quota=100)
        for order_id in orders:
            uses = [QuotaUse(shop.sku_ids[0], flash.id, 1, 3)]
            await pricing.use_quota(session, order_id, shop.member.id, uses)

    async def give_back(order_id):
        async with unit_of_work(sessions) as session:
            less = [QuotaUse(shop.sku_ids[0], flash.id, 1, 1)]
            await pricing.lessen_quota(session, order_id, less, exchanges=(), bargains=())

    await asyncio.gather(*map(give_back, orders))
    async with sessions() as session:
        assert await sold(session, flash) == 40
