"""A shop of a realistic size, made in seconds; `shop audit` holds on it."""

from dataclasses import dataclass
from random import Random

import asyncpg

from app.core.db import build_engine, build_sessions
from bench.seed.catalog import Catalog, make_catalog
from bench.seed.members import LONG_LINES, ORDER_LINES, Shopper, draw_shoppers, make_shoppers
from bench.seed.promotions import make_promotions
from bench.server import Database, settle

__all__ = ["Catalog", "Shop", "Shopper", "make_shop"]


@dataclass(frozen=True, slots=True)
class Shop:
    """`buyers` have carts of two lines that make equal orders, `browsers` long ones."""

    catalog: Catalog
    promotions: int
    buyers: list[Shopper]
    browsers: list[Shopper]


async def make_shop(
    database: Database, *, spus: int, buyers: int, browsers: int, seed: int = 1
) -> Shop:
    """Fill an empty, migrated database and let it settle."""
    lots = Random(seed)
    connection = await asyncpg.connect(database.dsn)
    patient = {"command_timeout_seconds": 120, "statement_timeout_ms": 120_000}
    engine = build_engine(database.settings().database.model_copy(update=patient), pool_size=1)
    try:
        async with connection.transaction():
            catalog = await make_catalog(connection, lots, spus=spus)
            promotions = await make_promotions(connection, catalog)
        buying = draw_shoppers(catalog, lots, buyers, lines=ORDER_LINES)
        browsing = draw_shoppers(catalog, lots, browsers, lines=LONG_LINES)
        await make_shoppers(
            connection,
            build_sessions(engine),
            [*buying, *browsing],
            channel_id=catalog.channel_id,
        )
    finally:
        await engine.dispose()
        await connection.close()
    await settle(database)
    return Shop(catalog, promotions, buying, browsing)
