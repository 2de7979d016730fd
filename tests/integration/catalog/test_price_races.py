"""The projected prices of a product stay right when two writers change its SKUs at once."""

import asyncio

from sqlalchemy import select, update

from app.core.db import build_sessions, unit_of_work
from app.models.catalog import SpuPrice
from app.models.pricing import Price
from tests.factories.shop import make_shop


async def test_two_writers_of_one_product_both_count(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    low, high = 111, 99_999
    first, second, third = shop.sku_ids

    async def put(sku_id, minor: int) -> None:
        async with unit_of_work(sessions) as session:
            await session.execute(
                update(Price).where(Price.sku_id == sku_id).values(price_minor=minor)
            )

    for _ in range(10):
        await asyncio.gather(put(first, 500), put(second, 600), put(third, 700))
        await asyncio.gather(put(first, low), put(second, high))
        async with sessions() as session:
            row = await session.scalar(select(SpuPrice).where(SpuPrice.spu_id == shop.spu.id))
            assert (row.min_minor, row.max_minor) == (low, high)
