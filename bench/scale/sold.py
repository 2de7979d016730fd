"""Orders grow; what people ask of them, and the next order, are asked at each size."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import now
from app.core.db import Sessions, build_engine, build_sessions
from bench.orders.ground import add_up, find_ground
from bench.orders.plans import look, no_limit
from bench.orders.questions import questions
from bench.orders.seed import bring_in, liven, past_orders
from bench.scale.curve import Curve, Point
from bench.scale.placing import placing
from bench.seed.catalog import Catalog, make_catalog
from bench.seed.members import ORDER_LINES, Shopper, draw_shoppers, make_shoppers
from bench.seed.promotions import make_promotions
from bench.server import Database, settle

SPUS, BUYERS, ALIVE = 2_000, 14, 1_000
PATIENT = {"command_timeout_seconds": 3_600, "statement_timeout_ms": 3_600_000}


@dataclass(frozen=True, slots=True)
class Ground:
    """A shop with goods and promotions that is about to have orders."""

    engine: AsyncEngine
    sessions: Sessions
    connection: asyncpg.Connection
    catalog: Catalog
    lots: Random

    async def draw_buyers(self) -> list[Shopper]:
        short = draw_shoppers(self.catalog, self.lots, BUYERS, lines=ORDER_LINES)
        await make_shoppers(
            self.connection, self.sessions, short, channel_id=self.catalog.channel_id
        )
        return short


@asynccontextmanager
async def ground_of(database: Database) -> AsyncIterator[Ground]:
    lots = Random(1)
    settings = database.settings().database.model_copy(update=PATIENT)
    engine = build_engine(settings, pool_size=2)
    connection = await asyncpg.connect(database.dsn)
    try:
        async with connection.transaction():
            catalog = await make_catalog(connection, lots, spus=SPUS)
            await make_promotions(connection, catalog)
        yield Ground(engine, build_sessions(engine), connection, catalog, lots)
    finally:
        await connection.close()
        await engine.dispose()


async def measure(database: Database, sizes: Sequence[int]) -> AsyncIterator[dict[str, Curve]]:
    """Curves with one more point after each size, a number of orders.

    Of all of them about a thousand are under way, whatever the size: it is the past that grows.
    """
    curves: dict[str, Curve] = {}
    there = 0
    async with ground_of(database) as ground:
        for size in sizes:
            more = past_orders(ground.lots, ground.catalog, size - there, now(), after=there)
            await bring_in(ground.sessions, more)
            if not there:
                await liven(database.dsn, min(ALIVE, size // 10))
            there = size
            await settle(database)
            await add_up(ground.sessions)
            short = await ground.draw_buyers()
            await settle(database)
            await _ask(ground.sessions, ground.engine, size, curves)
            await ground.engine.dispose()  # what it read is counted before the orders begin
            curve = curves.setdefault("order, four tenders", Curve("order, four tenders"))
            curve.points.append(await placing(database, ground.connection, size, short))
            yield curves


async def _ask(
    sessions: Sessions, engine: AsyncEngine, size: int, curves: dict[str, Curve]
) -> None:
    for name, ask in questions(await find_ground(sessions)):
        async with sessions() as session:
            await no_limit(session)
            read = await look(session, engine, name, ask)
            await session.rollback()
        curve = curves.setdefault(name, Curve(name))
        curve.points.append(Point(size, read.statements, read.rows, read.pages, read.ms))
        curve.ways = read.ways
