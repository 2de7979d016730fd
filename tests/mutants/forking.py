"""Processes that try one mutant each, and end with it."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import pytest

from tests.mutants.areas import ROOT
from tests.mutants.fresh import MUTATED, MUTATED_SOURCE
from tests.mutants.making import Mutant
from tests.mutants.planting import NotLoaded, module_name, plant


class Status(IntEnum):
    """How a trial ends; the numbers are exit codes."""

    GREEN = 0
    RED = 1
    NOT_LOADED = 3
    STOPPED = 4


@dataclass(frozen=True, slots=True)
class Forked:
    """The trial of the mutant with that number; `seconds` is what its tests take without it."""

    number: int
    tests: Sequence[str]
    seconds: float
    is_fresh: bool = False

    def note(self, folder: Path) -> Path:
        return folder / f"note-{self.number}"


class Forks:
    """Trials that are running, none for ever."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[Forked, float]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, trial: Forked, work: Callable[[], Status]) -> None:
        pid = os.fork()
        if pid:
            self.watch(trial, pid)
            return
        status = Status.STOPPED
        try:
            status = work()
        finally:
            os._exit(status)

    def watch(self, trial: Forked, pid: int) -> None:
        self._running[pid] = trial, time.monotonic() + 300 + 60 * trial.seconds

    def next(self) -> tuple[Forked, Status]:
        """Wait for one to end; what hangs is stopped."""
        while True:
            for pid, (trial, deadline) in self._running.items():
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    del self._running[pid]
                    return trial, _status(status)
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)


def _status(status: int) -> Status:
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else Status.STOPPED
    return Status(code) if code in set(Status) else Status.RED


def attempt(
    mutant: Mutant, items: Sequence[pytest.Item], note: Path, *, cpu_seconds: int
) -> Status:
    """Run `items` on the mutated code until one is red."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    session = items[0].session
    try:
        plant(mutant)
    except NotLoaded:
        return Status.NOT_LOADED
    except Exception as error:  # noqa: BLE001 - what cannot be imported fails every test
        note.write_text(repr(error), encoding="utf-8")
        return Status.RED
    for item, following in zip(items, [*items[1:], None], strict=True):
        note.write_text(item.nodeid, encoding="utf-8")
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            session._setupstate.teardown_exact(None)
            return Status.RED
    return Status.GREEN


def start_fresh(mutant: Mutant, trial: Forked, folder: Path, options: Sequence[str]) -> int:
    """A new pytest that imports the mutated module; the number of the process."""
    source = folder / f"source-{trial.number}"
    source.write_text(mutant.source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "--tb=no"]
    command += ["-p", "no:cacheprovider", "-p", "tests.mutants.fresh", *options, *trial.tests]
    environment = {MUTATED: module_name(mutant.path), MUTATED_SOURCE: str(source)}
    with trial.note(folder).open("w") as printed:
        return subprocess.Popen(
            command, cwd=ROOT, stdout=printed, stderr=printed, env=os.environ | environment
        ).pid
