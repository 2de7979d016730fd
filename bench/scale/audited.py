"""Orders grow, and `shop audit` proves all of them at each size."""

from collections.abc import AsyncIterator, Sequence
from random import Random
from time import perf_counter

import asyncpg

from app.core.clock import now
from app.core.db import build_engine, build_sessions
from bench.orders.ground import add_up
from bench.orders.seed import bring_in, past_orders
from bench.scale.curve import Curve, Point
from bench.scale.placing import placing
from bench.scale.sold import BUYERS, PATIENT, SPUS
from bench.seed.catalog import make_catalog
from bench.seed.members import ORDER_LINES, draw_shoppers, make_shoppers
from bench.seed.promotions import make_promotions
from bench.server import Database, audit, settle

NAME = "shop audit"


async def measure(database: Database, sizes: Sequence[int]) -> AsyncIterator[dict[str, Curve]]:
    """One curve of milliseconds. Raises when an invariant does not hold."""
    lots = Random(1)
    curve = Curve(NAME)
    engine = build_engine(database.settings().database.model_copy(update=PATIENT), pool_size=2)
    sessions = build_sessions(engine)
    connection = await asyncpg.connect(database.dsn)
    try:
        async with connection.transaction():
            catalog = await make_catalog(connection, lots, spus=SPUS)
            await make_promotions(connection, catalog)
        there = 0
        for size in sizes:
            await bring_in(sessions, past_orders(lots, catalog, size - there, now(), after=there))
            there = size
            short = draw_shoppers(catalog, lots, BUYERS, lines=ORDER_LINES)
            await make_shoppers(connection, sessions, short, channel_id=catalog.channel_id)
            await placing(database, connection, size, short)
            await add_up(sessions)
            await settle(database)
            begun = perf_counter()
            broken = audit(database)
            if broken:
                raise RuntimeError(broken)
            curve.points.append(Point(size, 0, 0, 0, (perf_counter() - begun) * 1_000))
            yield {NAME: curve}
    finally:
        await connection.close()
        await engine.dispose()
