"""Processes under measurement: started, waited for, weighed, stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.server import ROOT

WORKERS = 2
START_SECONDS = 240
STOP_SECONDS = 30
QUIET_SECONDS = 0.4
_TICKS = os.sysconf("SC_CLK_TCK")


class StartFailed(Exception):
    """A process ended, or did not answer in time; the message holds the end of its output."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process group that answers on `port`."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def memory_mib(self) -> float:
        """Memory of the process and all below it; what they share counts once."""
        return round(sum(share_kib(pid) for pid in tree(self.process.pid)) / 1024, 1)

    def kill(self) -> None:
        """SIGKILL to the whole group: nobody in it gets to say anything."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


def end_cleanly_on_sigterm() -> None:
    """What was started is stopped also when the run itself is told to end, by a time limit say."""

    def leave(*_: object) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, leave)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(arguments: list[str], environment: dict[str, str], *, port: int, log: Path) -> Running:
    """Start a python module in a group of its own, not waiting for anything."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(process, port, log)


def wait_until_answering(running: Running, *, path: str, seconds: float = START_SECONDS) -> None:
    """Return once `path` is answered 200."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and running.process.poll() is None:
        if answers(running.port, path):
            return
        time.sleep(0.02)
    running.kill()
    raise StartFailed(f"nothing answers on {path}:\n{running.log.read_text()[-2000:]}")


@contextmanager
def served(
    arguments: list[str], environment: dict[str, str], *, log: Path, path: str
) -> Iterator[Running]:
    """A server that answers `path`, all its processes; `{port}` in the arguments becomes its port.

    The first process answers while others are starting: they would take no part in a load.
    """
    port = free_port()
    running = launch(
        [each.format(port=port) for each in arguments], environment, port=port, log=log
    )
    try:
        wait_until_answering(running, path=path)
        _wait_until_quiet(running)
        yield running
    finally:
        running.stop()


def cpu_seconds(pid: int) -> float:
    """CPU time of the process and all below it, those that have ended included."""
    ticks = 0
    for each in tree(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS


def _wait_until_quiet(running: Running, seconds: float = START_SECONDS) -> None:
    """Nothing starts any more when no process below uses a CPU."""
    until = time.monotonic() + seconds
    spent = -1.0
    while time.monotonic() < until:
        now = cpu_seconds(running.process.pid)
        if now - spent < 2 / _TICKS:
            return
        spent = now
        time.sleep(QUIET_SECONDS)


def answers(port: int, path: str) -> bool:
    """Whether `path` is answered 200 right now."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nhost: bench\r\n\r\n".encode())
        return connection.recv(64)[9:12] == b"200"
    return False


def tree(pid: int) -> list[int]:
    """The process and everything below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                found += tree(int(child))
    return found


def resident_kib(pid: int) -> int:
    return _kib(Path(f"/proc/{pid}/status"), "VmRSS:")


def share_kib(pid: int) -> int:
    """Memory of a process alone, and its share of what it has with others."""
    return _kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _kib(file: Path, name: str) -> int:
    with suppress(OSError):
        for line in file.read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0
