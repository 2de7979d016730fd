"""`python -m bench.flash`: a thousand buyers for a hundred pieces, then one hot SKU beside many."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from uuid import UUID

import asyncpg
from rich.console import Console
from rich.table import Table

from app.core.settings import TokenSettings
from bench.__main__ import environment
from bench.client import all_of
from bench.delivery import deliver
from bench.figures import Figure, middle, percentile, ratio
from bench.flash.burst import Answer, release
from bench.flash.shop import QUOTA, Flash, make_crowd, make_flash, order
from bench.load import Request
from bench.machine import machine
from bench.preparation import TOKEN_SECONDS
from bench.processes import WORKERS, Running, end_cleanly_on_sigterm, served
from bench.seed import Catalog, make_shop
from bench.server import Database, audit, fresh_database, settle, value

console = Console(width=None if sys.stdout.isatty() else 110)
SPUS = 300
CONNECTIONS = (8, 32)
CREATED = 201


@dataclass(frozen=True, slots=True)
class Scale:
    """`orders` are those of one round at one number of connections."""

    buyers: int
    sales: int
    rounds: int
    orders: int


QUICK = Scale(buyers=1_000, sales=1, rounds=2, orders=100)
FULL = Scale(buyers=1_000, sales=3, rounds=8, orders=150)


@dataclass(frozen=True, slots=True)
class Bench:
    database: Database
    catalog: Catalog
    flash: Flash
    tokens: TokenSettings

    def requests(self, sku_ids: Iterable[UUID], *, names_session: bool) -> list[Request]:
        """An order of one piece for each of `sku_ids`, by a shopper of its own."""
        session_id = self.flash.session_id if names_session else None
        return asyncio.run(self._requests(list(sku_ids), session_id))

    async def _requests(self, sku_ids: Sequence[UUID], session_id: UUID | None) -> list[Request]:
        connection = await asyncpg.connect(self.database.dsn)
        try:
            buyers = await make_crowd(connection, self.catalog, sku_ids)
        finally:
            await connection.close()
        await settle(self.database)
        return [order(each, self.tokens, session_id=session_id) for each in buyers]

    def sold(self, sku_id: UUID) -> int:
        """Orders that have a piece at the flash price."""
        query = "SELECT count(*) FROM price_uses WHERE sku_id = $1 AND released_at IS NULL"
        return int(asyncio.run(value(self.database, query, sku_id)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flash", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of everything")
    scale = QUICK if parser.parse_args().quick else FULL
    end_cleanly_on_sigterm()
    load = os.getloadavg()[0]
    with fresh_database() as database, tempfile.TemporaryDirectory() as folder:
        console.print(asyncio.run(machine(database, load)).line, markup=False)
        bench = asyncio.run(_prepare(database))
        with _serve(environment(database), Path(folder)) as service:
            compare(bench, service.port, scale)
        with _serve(_impatient(database), Path(folder)) as service:
            is_exact = sell(bench, service.port, scale)
        deliver(database, Path(folder))
        found = audit(database)
    console.print(f"shop audit afterwards: {found or 'clean'}", markup=False)
    if found or not is_exact:
        raise SystemExit(1)


async def _prepare(database: Database) -> Bench:
    shop = await make_shop(database, spus=SPUS, buyers=0, browsers=0)
    connection = await asyncpg.connect(database.dsn)
    try:
        flash = await make_flash(connection, shop.catalog)
    finally:
        await connection.close()
    tokens = database.settings().tokens.model_copy(update={"access_seconds": TOKEN_SECONDS})
    return Bench(database, shop.catalog, flash, tokens)


def _impatient(database: Database) -> dict[str, str]:
    """With the patience of production: a buyer who waits too long for a connection is told so."""
    return {k: v for k, v in environment(database).items() if k != "DATABASE__POOL_TIMEOUT_SECONDS"}


def _serve(settings: dict[str, str], folder: Path) -> AbstractContextManager[Running]:
    arguments = ["app.cli", "serve", "--port", "{port}", "--workers", str(WORKERS)]
    return served(arguments, settings, log=folder / "service.log", path="/readyz")


def compare(bench: Bench, port: int, scale: Scale) -> None:
    """The same endpoint, everybody on one SKU, or each on another; rounds take turns."""
    table = Table("orders", "connections", "per second", "p50 ms", "p99 ms", "of distinct")
    for connections in CONNECTIONS:
        hot: list[Figure] = []
        distinct: list[Figure] = []
        for _ in range(scale.rounds):
            others = islice(cycle(bench.flash.others), scale.orders)
            distinct.append(
                all_of(port, bench.requests(others, names_session=False), connections=connections)
            )
            same = [bench.flash.hot] * scale.orders
            hot.append(
                all_of(port, bench.requests(same, names_session=False), connections=connections)
            )
        many, one = middle(distinct), middle(hot)
        _row(table, "distinct SKUs", connections, many, "")
        share = ratio(one.per_second, many.per_second)
        _row(table, "one hot SKU", connections, one, str(share))
    console.print(table)


def _row(table: Table, name: str, connections: int, found: Figure, share: str) -> None:
    values = (found.per_second, found.p50_ms, found.p99_ms)
    table.add_row(name, str(connections), *(f"{each:.1f}" for each in values), share)


def sell(bench: Bench, port: int, scale: Scale) -> bool:
    """Whether every sale sold exactly what there was.

    Without admission the pool may turn away more than there is to sell, but never one that won.
    """
    is_exact = True
    for number, sku_id in enumerate(bench.flash.scarce[: 2 * scale.sales]):
        names_session = number % 2 == 0
        crowd = bench.requests([sku_id] * scale.buyers, names_session=names_session)
        answers = release(port, crowd)
        sold = bench.sold(sku_id)
        won = sum(each.status == CREATED for each in answers)
        is_exact &= sold == won and (sold == QUOTA or (sold < QUOTA and not names_session))
        _tell(answers, sold, "naming the session" if names_session else "not naming it")
    return is_exact


def _tell(answers: Sequence[Answer], sold: int, how: str) -> None:
    refused = Counter((each.status, each.slug) for each in answers if each.status != CREATED)
    wall = max(each.ms for each in answers) / 1000
    console.print(
        f"{len(answers)} buyers at once for {QUOTA} pieces, {how}: {sold} sold, everybody answered "
        f"after {wall:.2f} s",
        markup=False,
    )
    for (status, slug), count in refused.most_common():
        console.print(f"  {count:4} were refused: {status} {slug}", markup=False)
    winners = [each.ms for each in answers if each.status == CREATED]
    losers = [each.ms for each in answers if each.status != CREATED]
    for name, found in (("winners", winners), ("losers", losers)):
        if found:
            ordered = sorted(found)
            p50, p99 = percentile(ordered, 0.5), percentile(ordered, 0.99)
            console.print(f"  {name}: p50 {p50:.0f} ms, p99 {p99:.0f} ms", markup=False)


if __name__ == "__main__":
    main()
