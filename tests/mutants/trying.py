"""`pytest -p tests.mutants.trying`: collects once, then tries each mutant in a fork of its own.

`MUTANTS` names a folder: the `Job` is read from `job`, outcomes are written to `outcomes`.
"""

import json
import os
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tests.mutants.forking import Forked, Forks, Status, attempt, start_fresh
from tests.mutants.kept import Kept
from tests.mutants.making import Mutant
from tests.mutants.reach import Reach, measure

FOLDER = "MUTANTS"
TOLD = "MUTANTS_TOLD"
"""The file descriptor that progress is written to: pytest catches the usual one."""


@dataclass(frozen=True, slots=True)
class Job:
    mutants: list[Mutant]
    files: list[str]
    """Modules of which it is known what tests reach them."""
    workers: int = 1
    patience_seconds: float = 60
    options: tuple[str, ...] = ()
    """Of pytest."""


@dataclass(frozen=True, slots=True)
class Outcome:
    status: str
    what: str


class Trials:
    """Tries mutants, some at a time."""

    def __init__(self, job: Job, items: Sequence[pytest.Item], folder: Path) -> None:
        self._job, self._folder = job, folder
        self._items = {each.nodeid: each for each in items}
        self._forks = Forks()
        self._outcomes: dict[int, Outcome] = {}

    def run(self) -> list[Outcome]:
        reach = self._measured()
        for number, mutant in enumerate(self._job.mutants):
            tests = _affordable(reach, reach.of(mutant), self._job.patience_seconds)
            if tests:
                self._wait(below=self._job.workers)
                seconds = sum(reach.seconds[each] for each in tests)
                self._try(Forked(number, tests, seconds))
            else:
                self._settle(number, Outcome("survived", "no test gets there"))
        self._wait(below=1)
        return [self._outcomes[each] for each in range(len(self._job.mutants))]

    def _measured(self) -> Reach:
        """What the tests reach; what is not known is found by as many processes as workers."""
        tests: dict[str, list[str]] = {}
        for name in self._items:
            tests.setdefault(name.partition("::")[0], []).append(name)
        kept, reach = Kept(self._job.files, tests), Reach()
        known = {each: kept.read(each) for each in tests}
        unknown = [each for each in sorted(tests) if known[each] is None]
        for found in known.values():
            reach.add(found or Reach())
        reach.add(self._found({each: tests[each] for each in unknown}))
        for each in unknown:
            kept.write(each, reach.part(each))
        self._tell(f"{len(self._items)} tests take {sum(reach.seconds.values()):.0f} s")
        for red in reach.red:
            self._tell(f"left out, red without a mutant: {red}")
        return reach

    def _found(self, tests: Mapping[str, Sequence[str]]) -> Reach:
        for share in range(self._job.workers):
            files = [*tests][share :: self._job.workers]
            items = [self._items[name] for each in files for name in tests[each]]
            result = self._folder / f"reach-{share}"
            if items:
                self._forks.start(
                    Forked(share, (), 60),
                    lambda i=items, r=result: measure(i, self._job.files, r),
                )
        reach = Reach()
        while self._forks:
            found = self._folder / f"reach-{self._forks.next()[0].number}"
            reach.add(pickle.loads(found.read_bytes()))  # noqa: S301 - written by our own fork
        return reach

    def _try(self, trial: Forked) -> None:
        mutant = self._job.mutants[trial.number]
        if trial.is_fresh:
            self._forks.watch(trial, start_fresh(mutant, trial, self._folder, self._job.options))
        else:
            items = [self._items[each] for each in trial.tests]
            note = trial.note(self._folder)
            self._forks.start(
                trial, lambda: attempt(mutant, items, note, cpu_seconds=int(20 + 5 * trial.seconds))
            )

    def _wait(self, *, below: int) -> None:
        """Until fewer than that many are being tried."""
        while len(self._forks) >= below:
            trial, status = self._forks.next()
            is_constant = self._job.mutants[trial.number].function is None
            if not trial.is_fresh and (
                status is Status.NOT_LOADED or (status is Status.GREEN and is_constant)
            ):
                self._try(Forked(trial.number, trial.tests, trial.seconds, is_fresh=True))
            elif status is Status.GREEN:
                what = f"{len(trial.tests)} tests stay green"
                self._settle(trial.number, Outcome("survived", what))
            else:
                note = trial.note(self._folder)
                what = note.read_text(encoding="utf-8").strip() if note.exists() else ""
                name = "timed out" if status is Status.STOPPED else "killed"
                self._settle(trial.number, Outcome(name, what.splitlines()[-1] if what else ""))

    def _settle(self, number: int, outcome: Outcome) -> None:
        self._outcomes[number] = outcome
        mutant = self._job.mutants[number]
        self._tell(f"{outcome.status:<9} {mutant.path}:{mutant.line}  {outcome.what}")
        if outcome.status == "survived":
            self._tell(mutant.difference())

    @staticmethod
    def _tell(line: str) -> None:
        os.write(int(os.environ[TOLD]), f"{line}\n".encode())


def _affordable(reach: Reach, tests: Sequence[str], seconds: float) -> list[str]:
    """The tests that fit into `seconds`, at least one."""
    chosen: list[str] = []
    for each in tests:
        seconds -= reach.seconds[each]
        if seconds < 0 and chosen:
            break
        chosen.append(each)
    return chosen


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    folder = Path(os.environ[FOLDER])
    job: Job = pickle.loads((folder / "job").read_bytes())  # noqa: S301 - our own
    outcomes = Trials(job, session.items, folder).run()
    (folder / "outcomes").write_text(json.dumps([asdict(each) for each in outcomes]))
    return True
