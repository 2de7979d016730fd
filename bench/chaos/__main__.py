"""`python -m bench.chaos`: break a shop in many ways under load, then prove that it is whole."""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rich.console import Console

from bench.chaos.clocks import clock_steps_under_load
from bench.chaos.deploys import deploys
from bench.chaos.disk import disk_full
from bench.chaos.errands import ERRANDS
from bench.chaos.field import Field, Options, field_of
from bench.chaos.kills import app_kills, database_kills, worker_kills
from bench.chaos.links import link_faults
from bench.chaos.loads import watched_load
from bench.chaos.outcome import Outcome, table
from bench.chaos.planted import PLANTED
from bench.chaos.points import crash_points
from bench.chaos.rounds import keep, runs, sums_table
from bench.processes import end_cleanly_on_sigterm
from bench.server import ROOT

console = Console(width=None if sys.stdout.isatty() else 150)
RESULTS = ROOT / "bench" / "results" / "chaos.json"

MODES: Mapping[str, Callable[[Field], Awaitable[Outcome]]] = {
    "app-kills": app_kills,
    "database-kills": database_kills,
    "worker-kills": worker_kills,
    "links": link_faults,
    "crash-points": crash_points,
    "disk-full": disk_full,
    "clock-steps": clock_steps_under_load,
    "deploys": deploys,
}
SHORT = {"app-kills": 6, "worker-kills": 12, "database-kills": 4}
FULL = {"app-kills": 200, "worker-kills": 200, "database-kills": 50}
SHORT_LOSSES, FULL_LOSSES = 100, 2_000
SHORT_POINTS = 6


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--mode", choices=MODES, action="append", help="again for more; else all")
    parser.add_argument("--full", action="store_true", help="as often as the figures say")
    parser.add_argument("--kills", type=int, help="kills of a mode that kills")
    parser.add_argument("--losses", type=int, help="answers the database gave and nobody heard")
    parser.add_argument("--points", type=int, help="crash points of a use case; else every one")
    parser.add_argument(
        "--use-case",
        choices=ERRANDS,
        action="append",
        help="that crashes; again for more; else all",
    )
    parser.add_argument("--add", action="store_true", help="to the runs kept, and say their sums")
    parser.add_argument(
        "--sums", action="store_true", help="say the sums of the runs kept, no more"
    )
    parser.add_argument("--seed", type=int, default=1, help="of every lot that is drawn")
    parser.add_argument("--buyers", type=int, default=12, help="checkouts at a time")
    parser.add_argument("--workers", type=int, default=2, help="processes of the API")
    parser.add_argument(
        "--planted", choices=PLANTED, help="a fault the run must find: shows that it can fail"
    )
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    if asked.sums:
        console.print(sums_table(runs(RESULTS)))
        return
    end_cleanly_on_sigterm()
    outcomes = []
    with field_of(_options(asked, None)) as field:
        for mode in asked.mode or MODES:
            field.options = _options(asked, mode)
            outcomes.append(_break(field, mode))
    _tell(asked, outcomes)
    if any(each.breaches for each in outcomes):
        raise SystemExit(1)


def _options(asked: argparse.Namespace, mode: str | None) -> Options:
    often = FULL if asked.full else SHORT
    losses = FULL_LOSSES if asked.full else SHORT_LOSSES
    return Options(
        seed=asked.seed,
        buyers=asked.buyers,
        workers=asked.workers,
        kills=asked.kills or often.get(mode or "", 0),
        losses=asked.losses or losses,
        planted=asked.planted,
        points=asked.points or (None if asked.full else SHORT_POINTS),
        use_cases=asked.use_case or (),
    )


def _break(field: Field, mode: str) -> Outcome:
    console.print(f"{mode} …")
    asyncio.run(field.renew())
    with watched_load() as loads:
        outcome = asyncio.run(MODES[mode](field))
    outcome.audit, outcome.loads = field.audited, loads
    return outcome


def _tell(asked: argparse.Namespace, outcomes: list[Outcome]) -> None:
    commit = _git("rev-parse", "--short=12", "HEAD") + ("+" if _git("status", "-s") else "")
    told: dict[str, Any] = {
        "seed": asked.seed,
        "commit": commit,
        "outcomes": [each.plain() for each in outcomes],
    }
    kept = keep(RESULTS, told, is_first=not asked.add)
    console.print(f"seed {asked.seed}, commit {commit}")
    console.print(table(outcomes))
    for each in outcomes:
        console.print(f"{each.mode}: repeated {each.tally.retries}", markup=False)
        console.print(f"  not carried out: {dict(each.tally.failed) or 'nothing'}", markup=False)
        console.print(f"  refused: {dict(each.tally.refused) or 'nothing'}", markup=False)
        for breach in each.breaches:
            console.print(f"  BREACH {breach}", style="red", markup=False)
    if len(kept) > 1:
        console.print(sums_table(kept))


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
