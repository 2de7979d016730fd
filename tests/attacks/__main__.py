"""`python -m tests.attacks`: what the service must stand, and which tests show that it does.

`--tests` names them all; parts of names of rows as arguments choose some.
"""

import argparse
import sys
from functools import partial

from tests.attacks.table import ROWS, bearers

tell = partial(print, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("rows", nargs="*", help="names of rows; none means all")
    parser.add_argument("--tests", action="store_true", help="name every test")
    asked = parser.parse_args()
    chosen = [row for row in ROWS if not asked.rows or row.name in asked.rows]
    known = bearers()
    for row in chosen:
        tests = known.get(row.name, [])
        state = f"{len(tests):>2} tests" if tests else f"waits for {row.waits_for or '?'}"
        tell(f"{row.name:<4} {row.title:<72} {state}")
        if asked.tests:
            tell(*(f"       {test}" for test in tests), sep="\n")
    tested = [row for row in chosen if row.name in known]
    waiting = [row for row in chosen if row.name not in known and row.waits_for]
    bare = len(chosen) - len(tested) - len(waiting)
    count = sum(len(known[row.name]) for row in tested)
    tell(
        f"{len(chosen)} rows: {len(tested)} tested by {count} tests, {len(waiting)} wait for a "
        f"feature, {bare} have neither"
    )
    return bool(bare)


if __name__ == "__main__":
    sys.exit(main())
