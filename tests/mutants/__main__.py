"""`python -m tests.mutants`: change the code in small ways and count what the tests notice.

A sample per area, the same for the same seed; survivors are printed with their change. What was
found is left in `tests/mutants/results`.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial

from tests.conftest import MIGRATED, SERVER, TEMPLATE, make_template, start_server
from tests.mutants.areas import AREAS, RESULTS
from tests.mutants.making import Mutant
from tests.mutants.sampling import sample
from tests.mutants.starting import tried
from tests.mutants.trying import Job, Outcome

tell = partial(print, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--area", action="append", choices=AREAS, help="may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=100, help="mutants of each area")
    parser.add_argument("--all", action="store_true", help="every mutant; takes many hours")
    parser.add_argument("--file", default="", help="only of files with this in their path")
    parser.add_argument("--at", action="append", default=[], help="only of FILE:LINE; repeatable")
    parser.add_argument("--tests", nargs="*", help="paths of tests instead of the area's")
    parser.add_argument("--plain", action="store_true", help="the --tests need no database")
    parser.add_argument("--workers", type=int, default=2, help="mutants tried at a time")
    parser.add_argument("--patience", type=float, default=60, help="seconds of tests for a mutant")
    asked = parser.parse_args()
    with ExitStack() as running:
        environment, options = _ground(running, is_plain=asked.plain)
        for name in asked.area or AREAS:
            paths = [each for each in AREAS[name].files() if asked.file in each]
            size = None if asked.all or asked.at else asked.size
            made, mutants = sample(paths, asked.seed, size, asked.at)
            tell(f"{name}: {len(mutants)} of {made} mutants, seed {asked.seed}")
            job = Job(mutants, AREAS[name].files(), asked.workers, asked.patience, options)
            outcomes = tried(job, asked.tests or AREAS[name].tests, environment)
            told = {**vars(asked), "area": name, "made": made, "tried": len(mutants)}
            report(told, mutants, outcomes)
    return 0


def _ground(running: ExitStack, *, is_plain: bool) -> tuple[dict[str, str], tuple[str, ...]]:
    """What the tests find in their environment, and the options of pytest."""
    if is_plain:
        return {}, ("--noconftest", "-p", "tests.planted.profile")
    server = os.environ.get(SERVER) or start_server(running)
    if MIGRATED not in os.environ:
        make_template(server)
    return {SERVER: server, MIGRATED: TEMPLATE}, ()


def report(told: dict[str, object], mutants: Sequence[Mutant], outcomes: Sequence[Outcome]) -> None:
    counted = Counter(each.status for each in outcomes)
    told |= {each: counted[each] for each in ("killed", "survived", "timed out")}
    told |= {"score": score(outcomes), "load": round(os.getloadavg()[0], 1)}
    tell(
        "\n{area}: {tried} of {made} mutants, seed {seed}: {killed} killed,".format(**told), end=""
    )
    tell(" {survived} survived, {timed out} timed out: {score} %, load {load}".format(**told))
    RESULTS.mkdir(exist_ok=True)
    told["mutants"] = [
        {"path": mutant.path, "line": mutant.line, "change": mutant.difference(), **asdict(outcome)}
        for mutant, outcome in zip(mutants, outcomes, strict=True)
    ]
    path = RESULTS / "{area}-{seed}{file}.json".format(**told).replace("/", "-")
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")


def score(outcomes: Sequence[Outcome]) -> float:
    """Per cent that the tests noticed; what never ended was noticed too."""
    survived = sum(each.status == "survived" for each in outcomes)
    return round(100 * (1 - survived / len(outcomes)), 1) if outcomes else 100.0


if __name__ == "__main__":
    sys.exit(main())
