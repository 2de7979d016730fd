"""Those who decide about one stocktake at once, on real connections."""

import asyncio
from collections import Counter

from app.core.db import build_sessions, unit_of_work
from app.core.errors import StaleVersion
from app.core.settings import InventorySettings
from app.services import inventory
from app.services.inventory import stocktakes
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels

CHIEFS = 6


async def submitted(sessions, shop, counted):
    """A stocktake of one SKU that waits for a second person, and its version."""
    command = inventory.stocktakes.NewStocktake(
        warehouse_id=shop.warehouse.id, sku_ids=(shop.sku_ids[0],)
    )
    async with unit_of_work(sessions) as session:
        counting = inventory.stocktakes
        opened = await counting.open_stocktake(session, command, actor=staff())
        row = opened.row
        await counting.count(session, row.id, {shop.sku_ids[0]: counted}, actor=staff())
        limits = InventorySettings(alone_units=0, alone_value_minor=0)
        told = await counting.submit(
            session, row.id, version=1, leaves_uncounted=False, actor=staff(), limits=limits
        )
        return told.row.id, told.row.version


async def test_chiefs_who_agree_at_once_post_the_difference_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=50)
    stocktake_id, version = await submitted(sessions, shop, 43)

    async def approve(_):
        try:
            async with unit_of_work(sessions) as session:
                await inventory.stocktakes.approve(
                    session, stocktake_id, version=version, actor=staff()
                )
        except StaleVersion:
            return "stale"
        return "posted"

    outcomes = await asyncio.gather(*map(approve, range(CHIEFS)))
    assert Counter(outcomes) == {"posted": 1, "stale": CHIEFS - 1}
    async with sessions() as session:
        assert await levels(session, shop.sku_ids[0]) == (43, 0)
        await assert_consistent(session)


async def test_two_stocktakes_that_count_a_sku_at_once_post_its_difference_once(fresh_engine):
    """One clerk counts a shelf, another one the whole warehouse."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=50)
        tea = shop.sku_ids[0]
        opened = [
            (
                await stocktakes.open_stocktake(
                    session,
                    stocktakes.NewStocktake(warehouse_id=shop.warehouse.id, sku_ids=each),
                    actor=staff(),
                )
            ).row.id
            for each in ((tea,), None)
        ]

    async def count(stocktake_id):
        try:
            async with unit_of_work(sessions) as session:
                await stocktakes.count(session, stocktake_id, {tea: 43}, actor=staff())
                await asyncio.sleep(0.2)
                await stocktakes.submit(
                    session,
                    stocktake_id,
                    version=1,
                    leaves_uncounted=True,
                    actor=staff(),
                    limits=InventorySettings(alone_units=0, alone_value_minor=0),
                )
        except inventory.CountedElsewhere:
            return "counted elsewhere"
        return "submitted"

    outcomes = await asyncio.gather(*map(count, opened))
    assert Counter(outcomes) == {"submitted": 1, "counted elsewhere": 1}
    async with unit_of_work(sessions) as session:
        stocktake_id = opened[outcomes.index("submitted")]
        await stocktakes.approve(session, stocktake_id, version=2, actor=staff())
        assert await levels(session, tea) == (43, 0)
    assert await count(opened[outcomes.index("counted elsewhere")]) == "submitted"
    async with sessions() as session:
        assert await levels(session, tea) == (43, 0)
        await assert_consistent(session)
