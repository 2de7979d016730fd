"""`python -m bench.scale goods|orders|audit [sizes…]`: cost against SKUs, or orders.

It grows one shop through the sizes and asks the same of it at each. After each size it prints the
table so far and writes `bench/results/scale-AXIS.json`. What reads more than the square root of the
growth is marked GROWS, and then it ends with a number. `audit` times `shop audit`, which must hold.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from time import perf_counter

from app.core.logging import configure_logging
from bench.machine import machine
from bench.scale import audited, goods, sold
from bench.scale.curve import Curve, lines
from bench.server import ROOT, Database, fresh_database

AXES = {"goods": goods.measure, "orders": sold.measure, "audit": audited.measure}
SIZES = (10_000, 100_000, 1_000_000)


async def measure(database: Database, axis: str, sizes: Sequence[int]) -> list[Curve]:
    facts = asdict(await machine(database, os.getloadavg()[0]))
    curves: list[Curve] = []
    begun = perf_counter()
    async for found in AXES[axis](database, sizes):
        curves = list(found.values())
        done = [each.size for each in curves[0].points]
        print(
            f"\n{done[-1]:,} after {perf_counter() - begun:.0f} s", *lines(curves, done), sep="\n"
        )
        sys.stdout.flush()
        target = ROOT / "bench" / "results" / f"scale-{axis}.json"
        target.parent.mkdir(exist_ok=True)
        plain = {"machine": facts, "axis": axis, "curves": [each.plain() for each in curves]}
        target.write_text(json.dumps(plain, indent=1) + "\n")
    return curves


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("axis", choices=AXES)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    asked = parser.parse_args()
    configure_logging("warning")
    with fresh_database() as database:
        curves = asyncio.run(measure(database, asked.axis, sorted(asked.sizes)))
    grows = [each.name for each in curves if each.kind == "GROWS"]
    print(f"{len(curves)} requests, {len(grows)} grow with the shop: {', '.join(grows) or 'none'}")
    return bool(grows)


if __name__ == "__main__":
    sys.exit(main())
