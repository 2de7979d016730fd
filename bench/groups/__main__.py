"""`python -m bench.groups [rows]`: a company's sheet of 10 000 rows, placed and paid for real.

The sheet is checked, its goods are held, and the worker places its rows until it is killed, and
another goes on; one transfer pays all of them. Then every row has one order, the money is where
it ought to be, and every invariant holds. It ends with a number that says whether that is so.
"""

import asyncio
import sys
from time import perf_counter

from app.core.logging import configure_logging
from bench.groups.run import run
from bench.server import audit, fresh_database

ROWS = 10_000


def main() -> int:
    counts = [int(each) for each in sys.argv[1:] if each.isdigit()]
    configure_logging("warning")
    with fresh_database() as database:
        wrong = asyncio.run(run(database.url, counts[0] if counts else ROWS))
        print("\n".join(wrong) or "every row has one order, all of them are paid")
        begun = perf_counter()
        broken = audit(database)
        print(f"shop audit: {broken or 'every invariant holds'} ({perf_counter() - begun:.0f} s)")
    return bool(wrong or broken)


if __name__ == "__main__":
    sys.exit(main())
