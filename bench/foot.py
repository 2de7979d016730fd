"""`python -m bench.foot`: how long the service takes to start, and what it weighs under load.

The time from the command to the first answer, of a migrated database and compiled code as in the
image, and the CPU time all its processes took to get there; then each process before and after
some load. What processes share counts once in the sum.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from bench import grid, ordering, reading
from bench.__main__ import environment
from bench.client import measure
from bench.load import Job, Request
from bench.machine import machine
from bench.ordering import FOUR_TENDERS, PAID_AT_ONCE
from bench.preparation import TOKEN_SECONDS
from bench.processes import (
    Running,
    cpu_seconds,
    free_port,
    launch,
    share_kib,
    tree,
    wait_until_answering,
)
from bench.report import RESULTS
from bench.seed import Shop, make_shop
from bench.server import Database, fresh_database, settle

SPUS, BROWSERS, STARTS = 500, 40, 5
MIB, START_SECONDS = 300, 3.0
"""What two that serve may weigh together with the one that watches, and how soon it answers."""
Kinds = dict[str, tuple[list[Request], int, bool]]
"""By what is asked: the requests, the status they are answered with, and whether each once."""
CONNECTIONS: Final = 8


def start(database: Database, folder: Path, *, workers: int = 2) -> Running:
    """The service, compiled as the image has it; it has answered once."""
    port = free_port()
    arguments = ["app.cli", "serve", "--port", str(port), "--workers", str(workers)]
    compiled = environment(database) | {
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    running = launch(arguments, compiled, port=port, log=folder / "service.log")
    wait_until_answering(running, path="/healthz")
    return running


def asked(database: Database, shop: Shop, buyers: Iterator[Any], orders: int) -> Kinds:
    """One round of everything shoppers do most."""
    tokens = database.settings().tokens.model_copy(update={"access_seconds": TOKEN_SECONDS})
    pages = reading.page_requests([each.spu_id for each in shop.catalog.products], Random(2))
    kinds: Kinds = {
        "list": ([reading.list_request()], 200, False),
        "page": (pages, 200, False),
        "cart": (grid.cart_requests(shop.browsers, tokens), 200, False),
        "quote": (grid.quote_requests(shop.browsers, tokens), 200, False),
    }
    for variant in (FOUR_TENDERS, PAID_AT_ONCE):
        some = [ordering.request(each, variant, tokens) for each in islice(buyers, orders)]
        if some:
            kinds[variant.name] = (some, 201, True)
    return kinds


def load(port: int, kinds: Kinds, *, seconds: float) -> dict[str, float]:
    """Ask each kind for so long, or each of its requests once; answers a second."""
    told = {}
    for name, (requests, expected, once) in kinds.items():
        job = Job(
            port=port,
            connections=CONNECTIONS,
            requests=requests,
            seconds=600 if once else seconds,
            warm_seconds=0,
            expected=expected,
            once=once,
        )
        told[name] = round(measure(job).per_second, 1)
    return told


def weigh(service: Running) -> list[float]:
    """MiB of the one that watches and of each that serves."""
    return [round(share_kib(pid) / 1_024, 1) for pid in tree(service.process.pid)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.foot", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of load, for each kind")
    parser.add_argument("--orders", type=int, default=200, help="of each way to pay")
    given = parser.parse_args()
    load_at_start = os.getloadavg()[0]
    with fresh_database() as database, tempfile.TemporaryDirectory() as folder:
        facts = asyncio.run(machine(database, load_at_start))
        shop = asyncio.run(
            make_shop(database, spus=SPUS, buyers=2 * given.orders, browsers=BROWSERS)
        )
        asyncio.run(settle(database))
        took, spent = [], []
        for _ in range(STARTS + 1):
            began = time.perf_counter()
            service = start(database, Path(folder))
            took.append(round(time.perf_counter() - began, 2))
            spent.append(round(cpu_seconds(service.process.pid), 2))
            service.stop()
        print(f"start: {took[1:]} s, {spent[1:]} s of CPU; the first compiles: {took[0]} s")
        service = start(database, Path(folder))
        try:
            time.sleep(2)
            before = weigh(service)
            print(f"before load: {sum(before):.0f} MiB, {before}")
            kinds = asked(database, shop, iter(shop.buyers), given.orders)
            rates = load(service.port, kinds, seconds=given.seconds)
            after = weigh(service)
            print(f"after load:  {sum(after):.0f} MiB, {after}")
        finally:
            service.stop()
    found = {
        "machine": asdict(facts),
        "start_seconds": took[1:],
        "start_cpu_seconds": spent[1:],
        "memory_before_mib": before,
        "memory_after_mib": after,
        "answers_per_second": rates,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    (RESULTS.parent / "foot.json").write_text(json.dumps(found, indent=1) + "\n")
    reached = median(took[1:]) < START_SECONDS, sum(after) < MIB
    print(f"start under {START_SECONDS:.0f} s: {reached[0]}; under {MIB} MiB: {reached[1]}")
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
