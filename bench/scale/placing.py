"""What an order reads and how long it takes, at one size of a shop."""

from collections.abc import Sequence
from statistics import median
from time import perf_counter

import asyncpg
import orjson

from bench.ordering import FOUR_TENDERS, request
from bench.scale.curve import Point
from bench.seed import Shopper
from bench.server import Database
from bench.trace import statements, traced

FEW = 2
_READ = """
    SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint AS rows,
        (SELECT sum(coalesce(heap_blks_hit, 0) + coalesce(heap_blks_read, 0)
                + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0))::bigint
         FROM pg_statio_user_tables) AS pages
    FROM pg_stat_user_tables
"""


async def placing(
    database: Database, connection: asyncpg.Connection, size: int, shoppers: Sequence[Shopper]
) -> Point:
    """Rows and pages of one order, by the counters of the database around two runs of the service.

    What starting costs is in both and falls out.
    """
    few, many = shoppers[:FEW], shoppers[FEW:]
    start = await _counted(connection)
    await _place(database, few)
    between = await _counted(connection)
    sent, times = await _place(database, many)
    end = await _counted(connection)
    more = len(many) - len(few)
    rows, pages = (max(0, (end[i] - between[i]) - (between[i] - start[i])) / more for i in range(2))
    return Point(size, sent, rows, pages, median(times))


async def _counted(connection: asyncpg.Connection) -> tuple[int, int]:
    row = await connection.fetchrow(_READ)
    return row["rows"], row["pages"]


async def _place(database: Database, shoppers: Sequence[Shopper]) -> tuple[float, list[float]]:
    """Statements of an order, and the milliseconds of each but the first.

    Its connections are closed afterwards, which is when they tell what they read.
    """
    settings = database.settings()
    counts, times = [], []
    async with traced(settings) as service:
        for each in shoppers:
            order = request(each, FOUR_TENDERS, settings.tokens)
            body = orjson.loads(order.body or "")
            begun = perf_counter()
            _, sent = await service.ask(order.method, order.path, headers=order.headers, body=body)
            times.append((perf_counter() - begun) * 1_000)
            counts.append(statements(sent))
    return median(counts), times[1:]
