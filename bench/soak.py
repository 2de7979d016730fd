"""`python -m bench.soak --minutes 60`: everything at once for long; nothing grows, nothing waits.

Each round asks for lists, pages, carts, quotes and orders while a worker does what follows from
them, and looks at both: memory, open files, transactions somebody left open, what is queued. At
the end queues are drained and every invariant is looked at.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.__main__ import environment
from bench.chaos.checks import drain
from bench.foot import asked, load, start
from bench.machine import machine
from bench.processes import Running, end_cleanly_on_sigterm, launch, share_kib, tree
from bench.report import RESULTS
from bench.seed import make_shop
from bench.server import Database, audit, fresh_database, settle, value

SPUS, BROWSERS = 500, 40
ROUND_SECONDS, ORDERS_A_ROUND, ROUNDS = 12, 40, 2
"""A round asks for so long at least; there are so many at least."""
MOST_GROWTH = 0.05
"""Of memory from a quarter of the time on, when caches are full."""
IDLE = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND state LIKE 'idle in transaction%'
       AND state_change < now() - interval '5 seconds'
"""
QUEUED = "SELECT count(*) FROM outbox WHERE state = 'pending'"
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Seen:
    """At one moment: MiB and open files of API and worker, and what the database has open."""

    minutes: float
    api_mib: float
    worker_mib: float
    files: int
    sessions: int
    idle: int
    queued: int
    orders_per_second: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    minutes = parser.parse_args().minutes
    end_cleanly_on_sigterm()
    load_at_start = os.getloadavg()[0]
    with fresh_database() as database, tempfile.TemporaryDirectory() as folder:
        facts = asyncio.run(machine(database, load_at_start))
        seen = run(database, Path(folder), minutes)
        broken = audit(database)
    faults = wrong_with(seen) + ([broken] if broken else [])
    RESULTS.parent.mkdir(exist_ok=True)
    found = {"machine": asdict(facts), "seen": [asdict(each) for each in seen], "faults": faults}
    (RESULTS.parent / "soak.json").write_text(json.dumps(found, indent=1) + "\n")
    print("\n".join(faults) or "nothing grew, nothing waits, every invariant holds")
    return bool(faults)


def run(database: Database, folder: Path, minutes: float) -> list[Seen]:
    rounds = max(ROUNDS, round(minutes * 60 / ROUND_SECONDS))
    shop = asyncio.run(
        make_shop(database, spus=SPUS, buyers=2 * ORDERS_A_ROUND * (rounds + 1), browsers=BROWSERS)
    )
    asyncio.run(settle(database))
    buyers, seen = iter(shop.buyers), list[Seen]()
    worker = launch(["app.cli", "worker"], environment(database), port=0, log=folder / "worker.log")
    service = start(database, folder)
    try:
        began = time.monotonic()
        while time.monotonic() - began < minutes * 60 or len(seen) < ROUNDS:
            kinds = asked(database, shop, buyers, ORDERS_A_ROUND)
            rates = load(service.port, kinds, seconds=ROUND_SECONDS / 4)
            ordered = rates.get("order_four_tenders", 0.0)
            gone = (time.monotonic() - began) / 60
            seen.append(asyncio.run(look(database, service, worker, gone, ordered)))
            print(seen[-1], flush=True)
        left = asyncio.run(drain(database))
        time.sleep(1)
        gone = (time.monotonic() - began) / 60
        last = asyncio.run(look(database, service, worker, gone, 0))
        print(f"{last}\nafter draining: {left} left", flush=True)
        return [*seen, last]
    finally:
        service.stop()
        worker.stop()


async def look(
    database: Database, service: Running, worker: Running, minutes: float, ordered: float
) -> Seen:
    pids = tree(service.process.pid) + tree(worker.process.pid)
    return Seen(
        minutes=round(minutes, 1),
        api_mib=service.memory_mib(),
        worker_mib=round(sum(share_kib(pid) for pid in tree(worker.process.pid)) / 1_024, 1),
        files=sum(open_files(pid) for pid in pids),
        sessions=int(await value(database, SESSIONS)),
        idle=int(await value(database, IDLE)),
        queued=int(await value(database, QUEUED)),
        orders_per_second=ordered,
    )


def open_files(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0


def wrong_with(seen: list[Seen]) -> list[str]:
    """What grew or was left; of the first quarter, in which caches fill, nothing is said."""
    settled, last = seen[len(seen) // 4], seen[-1]
    faults = []
    for what in ("api_mib", "worker_mib", "files"):
        before, after = getattr(settled, what), getattr(last, what)
        if after > before * (1 + MOST_GROWTH):
            faults.append(f"{what} grew from {before} to {after}")
    if idle := max(each.idle for each in seen):
        faults.append(f"{idle} transactions were left open")
    if last.queued:
        faults.append(f"{last.queued} messages are queued")
    return faults


if __name__ == "__main__":
    sys.exit(main())
