"""`python -m bench.journey`: a grocer's year as orders of the past, and 20 000 of it lived.

Needs `stoa[volume]`. `--history` baskets are brought in as merchants bring theirs (all of the year
unless told), `--orders` are placed, paid, sent, received, cancelled and sent back through the
services; then every invariant is checked.
"""

import argparse
import asyncio
import resource
from time import perf_counter

from app.core.logging import configure_logging
from bench.journey.run import main_of
from bench.server import audit, fresh_database, value

WHOLE_YEAR, ORDERS = 1_000_000, 20_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.journey", description=__doc__)
    parser.add_argument("--history", type=int, default=WHOLE_YEAR)
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=4)
    wanted = parser.parse_args()
    configure_logging("warning")
    with fresh_database() as database:
        begun = perf_counter()
        done = main_of(
            database.url,
            history=wanted.history,
            lived=wanted.orders,
            seed=wanted.seed,
            at_once=wanted.at_once,
        )
        for axes, count in sorted(done.axes.items()):
            print(f"  {' '.join(axes):<44}{count:>8}")
        for why, count in done.refused.most_common(5):
            print(f"  refused: {why}: {count}")
        size = asyncio.run(
            value(database, "SELECT pg_size_pretty(pg_database_size(current_database()))")
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
        print(f"database {size}, peak memory {peak} MiB, {perf_counter() - begun:.0f} s")
        begun = perf_counter()
        broken = audit(database)
        print(f"shop audit: {broken or 'every invariant holds'} ({perf_counter() - begun:.0f} s)")
        if broken:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
