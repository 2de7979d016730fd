"""`python -m bench`: the service against ceilings taken beside it, in one run."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from rich.console import Console

from bench import bare, grid
from bench.delivery import deliver
from bench.load import Request
from bench.machine import machine
from bench.ordering import OrdersCompared, Sizes
from bench.preparation import TOKEN_SECONDS, Prepared, Scale, prepare
from bench.processes import WORKERS, Running, end_cleanly_on_sigterm, served
from bench.reading import SAMPLED, compare
from bench.report import Ceiling, Report
from bench.seed import Shopper, make_shop
from bench.server import Database, audit, fresh_database, settle
from bench.trace import essential

console = Console(width=None if sys.stdout.isatty() else 130)
SPUS, BROWSERS = 2_000, 3 * SAMPLED
QUICK = Scale(
    rounds=1, seconds=1.5, sizes=Sizes(200, 320, 640), counts=(50, 150, 200), checkouts=120
)
FULL = Scale(
    rounds=3, seconds=3, sizes=Sizes(400, 640, 1_200), counts=(200, 500, 800), checkouts=240
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of everything")
    is_quick = parser.parse_args().quick
    end_cleanly_on_sigterm()
    load_at_start = os.getloadavg()[0]
    with fresh_database() as database, tempfile.TemporaryDirectory() as folder:
        report = run(database, Path(folder), is_quick=is_quick, load_at_start=load_at_start)
        report.show(console)
        deliver(database, Path(folder))
        report.audit = audit(database)
    report.write()
    console.print(f"shop audit afterwards: {report.audit or 'clean'}", markup=False)
    if report.audit:
        raise SystemExit(1)


def run(database: Database, folder: Path, *, is_quick: bool, load_at_start: float) -> Report:
    scale = QUICK if is_quick else FULL
    facts = asyncio.run(machine(database, load_at_start))
    console.print(f"Making a shop of {SPUS:,} products and {scale.buyers:,} shoppers …")
    shop = asyncio.run(make_shop(database, spus=SPUS, buyers=scale.buyers, browsers=BROWSERS))
    buyers = iter(shop.buyers)
    console.print("Tracing the service and preparing the same work without it …")
    prepared = asyncio.run(prepare(database, shop, buyers, scale))
    plan = folder / "plan"
    prepared.plan.write(plan)
    asyncio.run(settle(database))
    with ExitStack() as running:
        service = running.enter_context(serve(database, folder))
        ceiling = running.enter_context(serve_bare(plan, folder))
        memory = {"before": service.memory_mib()}
        ceilings = compare_all(database, prepared, scale, (service.port, ceiling.port), folder)
        console.print("Comparing whole checkouts …")
        checkouts = prepared.checkouts.compare(
            database, service_port=service.port, bare_port=ceiling.port
        )
        loaded = load_all(prepared, scale, buyers, (service.port, ceiling.port))
        memory["after"] = service.memory_mib()
    return Report(
        machine=facts,
        is_quick=is_quick,
        promotions=shop.promotions,
        ceilings=ceilings,
        checkouts=checkouts,
        loaded=loaded,
        queries=prepared.queries,
        memory_mib=memory,
        wal_bytes_per_order={
            each.name: each.compared.wal_bytes
            for each in ceilings
            if isinstance(each.compared, OrdersCompared)
        },
    )


def environment(database: Database) -> dict[str, str]:
    """Of the service under load: one client asks more often than any shopper.

    With the patience of production it would turn requests away on a busy machine.
    """
    return {
        "DATABASE__URL": database.url,
        "DATABASE__POOL_TIMEOUT_SECONDS": "20",
        "TOKENS__ACCESS_SECONDS": str(TOKEN_SECONDS),
        "HTTP__RATE_LIMITS_ENABLED": "false",
        "LOG_LEVEL": "warning",
    }


def serve(
    database: Database, folder: Path, *, workers: int = WORKERS
) -> AbstractContextManager[Running]:
    arguments = ["app.cli", "serve", "--port", "{port}", "--workers", str(workers)]
    return served(arguments, environment(database), log=folder / "service.log", path="/readyz")


def serve_bare(plan: Path, folder: Path) -> AbstractContextManager[Running]:
    arguments = ["uvicorn", "bench.bare:create", "--factory", "--port", "{port}", "--no-access-log"]
    loop = ["--loop", "app.cli.accepting:Loop"]  # connections are shared out as the service's are
    return served(
        [*arguments, *loop, "--workers", str(WORKERS)],
        {bare.PLAN: str(plan)},
        log=folder / "bare.log",
        path="/hello",
    )


def compare_all(
    database: Database,
    prepared: Prepared,
    scale: Scale,
    ports: tuple[int, int],
    folder: Path,
) -> list[Ceiling]:
    service_port, bare_port = ports
    ceilings = []
    for read in prepared.reads:
        console.print(f"Comparing {read.name} …")
        compared = compare(
            database,
            read,
            service_port=service_port,
            bare_port=bare_port,
            rounds=scale.rounds,
            seconds=scale.seconds,
            folder=folder,
        )
        ceilings.append(
            Ceiling(read.name, read.queries, read.round_trips, len(essential(read.sent)), compared)
        )
    for orders in prepared.orders:
        traced = orders.traced
        console.print(f"Comparing {traced.variant.name} …")
        found = orders.compare(
            database, service_port=service_port, bare_port=bare_port, folder=folder
        )
        ceilings.append(
            Ceiling(
                traced.variant.name,
                traced.queries,
                traced.round_trips,
                len(essential(traced.sent)),
                found,
            )
        )
    return ceilings


def load_all(
    prepared: Prepared, scale: Scale, buyers: Iterator[Shopper], ports: tuple[int, int]
) -> list[grid.Loaded]:
    service_port, bare_port = ports
    seconds = scale.seconds
    console.print("Loading each endpoint at 1, 8 and 32 connections …")
    loaded = [grid.repeated("hello (bare)", bare_port, [Request("/hello")], seconds=seconds)]
    loaded += [
        grid.repeated(each.name, service_port, each.requests, seconds=seconds)
        for each in prepared.reads
    ]
    loaded.append(grid.orders(service_port, buyers, prepared.tokens, counts=scale.counts))
    return loaded


if __name__ == "__main__":
    main()
