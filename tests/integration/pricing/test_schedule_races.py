"""Plans, prices set meanwhile and the folding job, on real connections."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.core.errors import StaleVersion
from app.services import pricing
from app.services.pricing import PlanPrices, PriceRow
from app.services.pricing.engine import WantedPrice
from tests.factories.shop import make_shop
from tests.factories.staff import actor_of, make_staff
from tests.integration.reports.holding import assert_hold

HOUR = timedelta(hours=1)


@pytest.fixture
def sessions(fresh_engine):
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        return await make_shop(session)


@pytest.fixture
async def clerk(sessions):
    async with unit_of_work(sessions) as session:
        return actor_of(await make_staff(session, is_owner=True))


def planned(shop, minor, at):
    rows = tuple(WantedPrice(n, sku, None, 1, minor) for n, sku in enumerate(shop.sku_ids, 1))
    return PlanPrices(
        price_list_id=shop.price_list.id, takes_effect_at=at, reason="Rush", rows=rows
    )


async def prices(session, shop):
    found = await pricing.list_prices(session, shop.price_list.id, limit=9)
    return [row.price_minor for row in found]


async def test_plans_for_one_instant_are_made_once(sessions, shop, clerk):
    """Both look before either has written: the second must see what the first planned."""
    at = now() + HOUR

    async def plan(minor):
        try:
            async with unit_of_work(sessions) as session:
                await pricing.plan_prices(session, planned(shop, minor, at), actor=clerk)
        except pricing.InvalidPriceRows:
            return 0
        return 1

    assert sum(await asyncio.gather(*(plan(minor) for minor in range(1, 9)))) == 1
    async with sessions() as session:
        await assert_hold(session, "prices")


async def test_one_of_many_who_cancel_takes_the_plan_back(sessions, shop, clerk):
    async with unit_of_work(sessions) as session:
        made = await pricing.plan_prices(session, planned(shop, 5, now() + HOUR), actor=clerk)

    async def cancel():
        try:
            async with unit_of_work(sessions) as session:
                await pricing.cancel_schedule(session, made.id, reason="No", version=1, actor=clerk)
        except StaleVersion:
            return 0
        return 1

    assert sum(await asyncio.gather(*(cancel() for _ in range(6)))) == 1
    async with sessions() as session:
        await assert_hold(session, "prices")


async def test_folding_and_setting_at_once_lose_no_line_of_history(sessions, shop, clerk):
    """Each of nine rounds changes three prices twice; what a line begins with ended another."""
    instants = [now() + HOUR + timedelta(minutes=n) for n in range(9)]
    async with unit_of_work(sessions) as session:
        for n, at in enumerate(instants):
            await pricing.plan_prices(session, planned(shop, 1_000 + n, at), actor=clerk)
        await session.execute(
            text(
                "UPDATE prices SET change_ats = ARRAY(SELECT a - interval '1 day'"
                " FROM unnest(change_ats) a ORDER BY a)"
            )
        )
        await session.execute(
            text("UPDATE price_schedules SET takes_effect_at = takes_effect_at - interval '1 day'")
        )

    async def fold():
        async with unit_of_work(sessions) as session:
            await pricing.fold_prices(session, limit=2)

    async def set_all(minor):
        async with unit_of_work(sessions) as session:
            rows = [PriceRow(sku, minor) for sku in shop.sku_ids]
            await pricing.set_prices(session, shop.price_list.id, rows, actor=clerk)

    await asyncio.gather(*(fold() for _ in range(4)), *(set_all(n) for n in range(1, 5)))
    await fold()
    async with sessions() as session:
        rows = await session.execute(
            text("SELECT sku_id, old_minor, new_minor FROM price_changes ORDER BY sku_id, id")
        )
        lines = {}
        for sku_id, old, new in rows:
            lines.setdefault(sku_id, []).append((old, new))
        assert {len(each) for each in lines.values()} == {9 + 4}
        for each in lines.values():
            ends, begins = [new for _, new in each], [old for old, _ in each]
            assert sorted(begins[1:]) == sorted(ends[:-1])
        await assert_hold(session, "prices")
        assert set(await prices(session, shop)) <= {1, 2, 3, 4}
