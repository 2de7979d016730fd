"""The catalog grows; a shopper's requests and an order are asked at each size."""

from collections.abc import AsyncIterator, Sequence
from itertools import islice
from random import Random
from typing import Any
from urllib.parse import quote

import asyncpg
import orjson

from app.core.db import build_engine, build_sessions
from app.core.settings import TokenSettings
from bench import grid
from bench.load import Request
from bench.scale.cost import Asked, cost
from bench.scale.curve import Curve
from bench.scale.placing import placing
from bench.seed.catalog import VARIANTS, Catalog, grow, make_catalog
from bench.seed.members import LONG_LINES, ORDER_LINES, Shopper, draw_shoppers, make_shoppers
from bench.seed.promotions import make_promotions
from bench.server import Database, settle
from bench.trace import TracedService, traced

SAMPLED, BUYERS, DEEP = 9, 14, 30
LIST = "/api/v1/products"
LISTS = {
    "list, newest": "",
    "list, cheapest": "sort=price",
    "list, dearest": "sort=-price",
    "a department, cheapest": "category=root-3&sort=price",
    "a category, newest": "category=category-17",
    "a category, cheapest": "category=category-17&sort=price",
    "a brand, cheapest": "brand=brand-7&sort=price",
    "a brand in a category": "brand=brand-7&category=category-17",
    "a span of prices": "min_price_minor=30000&max_price_minor=31000&sort=price",
    "an attribute": "attr.season=spring",
    "an attribute no product has": "attr.season=winter",
}


async def measure(database: Database, sizes: Sequence[int]) -> AsyncIterator[dict[str, Curve]]:
    """Curves with one more point after each size, a number of SKUs."""
    lots = Random(1)
    curves: dict[str, Curve] = {}
    catalog: Catalog | None = None
    for size in sizes:
        spus = size // len(VARIANTS)
        connection = await asyncpg.connect(database.dsn)
        try:
            if catalog is None:
                async with connection.transaction():
                    catalog = await make_catalog(connection, lots, spus=spus)
                    await make_promotions(connection, catalog)
            else:
                catalog = await grow(connection, catalog, lots, spus=spus)
            long = draw_shoppers(catalog, lots, SAMPLED, lines=LONG_LINES)
            short = draw_shoppers(catalog, lots, BUYERS, lines=ORDER_LINES)
            await _welcome(database, connection, [*long, *short], catalog)
            await settle(database)
            await _ask(database, connection, catalog, size, long, short, curves)
        finally:
            await connection.close()
        yield curves


async def _welcome(
    database: Database,
    connection: asyncpg.Connection,
    shoppers: list[Shopper],
    catalog: Catalog,
) -> None:
    engine = build_engine(database.settings().database, pool_size=1)
    try:
        sessions = build_sessions(engine)
        await make_shoppers(connection, sessions, shoppers, channel_id=catalog.channel_id)
    finally:
        await engine.dispose()


async def _ask(
    database: Database,
    connection: asyncpg.Connection,
    catalog: Catalog,
    size: int,
    long: list[Shopper],
    short: list[Shopper],
    curves: dict[str, Curve],
) -> None:
    tokens = database.settings().tokens
    async with traced(database.settings()) as service:
        for name, asked in (await _requests(service, catalog, long, tokens)).items():
            point, ways = await cost(service, connection, size, asked)
            curve = curves.setdefault(name, Curve(name))
            curve.points.append(point)
            curve.ways = ways
    curve = curves.setdefault("order, four tenders", Curve("order, four tenders"))
    curve.points.append(await placing(database, connection, size, short))


async def _requests(
    service: TracedService, catalog: Catalog, long: list[Shopper], tokens: TokenSettings
) -> dict[str, list[Asked]]:
    found = {name: [Asked(name, f"{LIST}?{query}")] for name, query in LISTS.items()}
    deep = "sort=price"
    for _ in range(DEEP):
        answer, _ = await service.ask("GET", f"{LIST}?{deep}")
        deep = f"sort=price&after={quote(answer.json()['next_after'])}"
    found[f"list, page {DEEP + 1}"] = [Asked("deep", f"{LIST}?{deep}")]
    chosen = Random(2).sample(catalog.products, SAMPLED)
    found["product page"] = [Asked("page", f"{LIST}/{each.spu_id}") for each in chosen]
    found["cart of 10 lines"] = _asked(grid.cart_requests(long, tokens))
    found["quote of 10 lines"] = _asked(grid.quote_requests(long, tokens))
    return found


def _asked(requests: list[Request]) -> list[Asked]:
    def body(each: Request) -> Any:
        return None if each.body is None else orjson.loads(each.body)

    return [
        Asked(each.path, each.path, each.method, each.headers, body(each))
        for each in islice(requests, SAMPLED)
    ]
