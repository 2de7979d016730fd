"""`python -m bench.month --orders N --seed S`: a month of a shop's money, to the closed period."""

import argparse
import asyncio
from time import perf_counter

from app.core.logging import configure_logging
from bench.month.run import live
from bench.server import audit, fresh_database

ORDERS, SEED = 500, 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.month", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--sweep-hours", type=float, default=3)
    wanted = parser.parse_args()
    configure_logging("warning")
    with fresh_database(is_timed=False) as database:
        begun = perf_counter()
        done = asyncio.run(
            live(database.url, wanted.orders, seed=wanted.seed, sweep_hours=wanted.sweep_hours)
        )
        print("\n".join(done.lines))
        broken = audit(database)
        print(f"shop audit: {broken or 'every invariant holds'}")
        print(f"{perf_counter() - begun:.0f} s")
        if broken:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
