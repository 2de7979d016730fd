"""What a request costs the database: rows, pages and time of the statements behind it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import asyncpg
import orjson

from bench.orders.plans import touched, walk
from bench.scale.curve import Point
from bench.substitution import Sent
from bench.trace import TracedService, statements

ROUNDS = 15
READS = ("SELECT", "WITH")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that changes nothing."""

    name: str
    path: str
    method: str = "GET"
    headers: dict[str, str] | None = None
    body: Any = None


async def cost(
    service: TracedService, connection: asyncpg.Connection, size: int, asked: Sequence[Asked]
) -> tuple[Point, tuple[str, ...]]:
    """The middle of several requests of one kind, each asked warm; the ways the last one took."""
    found: list[tuple[float, float, float, float]] = []
    ways: list[str] = []

    async def ask(each: Asked) -> list[Sent]:
        _, sent = await service.ask(each.method, each.path, headers=each.headers, body=each.body)
        return sent

    for each in asked:
        await ask(each)
        sent = await ask(each)
        ways = []
        rows, pages = await explained(connection, sent, ways)
        found.append((statements(sent), rows, pages, await _clock(ask, each)))
    middle = [median(column) for column in zip(*found, strict=True)]
    return Point(size, *middle), tuple(dict.fromkeys(ways))


async def _clock(ask: Callable[[Asked], Awaitable[object]], each: Asked) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        await ask(each)
        times.append((perf_counter() - begun) * 1_000)
    return median(times)


async def explained(
    connection: asyncpg.Connection, sent: Sequence[Sent], ways: list[str]
) -> tuple[int, int]:
    """Rows that scans met and pages that were touched; `ways` gains the indexes taken."""
    rows = pages = 0
    for each in sent:
        if not each.sql.lstrip().upper().startswith(READS):
            continue
        answer = await connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {each.sql}", *each.args
        )
        plan = orjson.loads(answer)[0]["Plan"]
        rows += walk(plan, ways, [])
        pages += touched(plan)
    return rows, pages
