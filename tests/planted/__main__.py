"""`python -m tests.planted`: plant every fault in turn and print which test turned red.

Names of faults, or parts of them, as arguments choose some, `--family` those of one part of the
code; `--check` only looks whether the code still reads as the faults expect. The working tree is
never changed.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial

from tests.planted.families import FAMILIES
from tests.planted.fault import Fault, Stale
from tests.planted.planting import ROOT, field, outcome, red_without_faults

tell = partial(print, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names of faults; none means all")
    parser.add_argument("--family", action="append", choices=FAMILIES, help="may be repeated")
    parser.add_argument("--workers", type=int, default=2, help="faults tried at a time")
    parser.add_argument("--list", action="store_true", help="only print families and names")
    parser.add_argument("--check", action="store_true", help="only look whether they still apply")
    asked = parser.parse_args()
    chosen = [
        (family, each)
        for family, faults in FAMILIES.items()
        for each in faults
        if not asked.family or family in asked.family
        if not asked.names or any(name in each.name for name in asked.names)
    ]
    if asked.list:
        for family, each in chosen:
            tell(f"{family:<16} {each.name}")
        return 0
    faults = [each for _, each in chosen]
    return _check(faults) if asked.check else _plant(faults, asked.workers)


def _check(faults: Sequence[Fault]) -> int:
    stale = [(each, why) for each in faults if (why := _stale(each)) is not None]
    for each, why in stale:
        tell(f"STALE {each.name}: {why}")
    return bool(stale)


def _plant(faults: Sequence[Fault], workers: int) -> int:
    with field() as ground:
        if printed := red_without_faults(faults, ground, workers):
            tell(printed)
            tell("the tests are red without a fault")
            return 1
        missed = 0
        with ThreadPoolExecutor(max_workers=workers) as pool:
            trying = {pool.submit(outcome, each, ground): each for each in faults}
            for done in as_completed(trying):
                is_red, what = done.result()
                missed += not is_red
                tell(f"{'red  ' if is_red else 'GREEN'}  {trying[done].name:<58} {what}")
    tell(f"{len(faults) - missed} of {len(faults)} faults turned a test red")
    return bool(missed)


def _stale(each: Fault) -> str | None:
    try:
        for edit in each.edits:
            edit.check(ROOT)
    except Stale as stale:
        return str(stale)
    lost = [test for test in each.tests if not _is_there(test)]
    return f"no such test: {lost[0]}" if lost else None


def _is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    file = ROOT / path
    if not name:
        return file.exists()
    name = name.split("::")[-1].split("[")[0]
    return file.is_file() and f"def {name}(" in file.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
