"""`shop serve` with several processes: they share what one has read, and replace each other."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.processes import answers, free_port, share_kib, tree

WAITED = 120.0


class Served:
    def __init__(self, url: str, log: Path, workers: int) -> None:
        self.port = free_port()
        arguments = ["serve", "--port", str(self.port), "--workers", str(workers)]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *arguments],
                env=os.environ | {"DATABASE__URL": url},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def answers(self) -> bool:
        return answers(self.port, "/readyz")

    def workers(self) -> set[int]:
        return set(tree(self.process.pid)) - {self.process.pid}

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAITED)


def wait_for(what) -> None:
    until = time.monotonic() + WAITED
    while not what():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.05)


@pytest.fixture
def serve(fresh_url, tmp_path):
    started = []

    def start(workers: int) -> Served:
        started.append(Served(fresh_url, tmp_path / "log", workers))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            os.killpg(each.process.pid, signal.SIGKILL)
            each.process.wait()


def test_whoever_ends_is_replaced_and_all_end_together(serve):
    served = serve(2)
    wait_for(served.answers)
    before = served.workers()
    assert len(before) == 2
    lost = min(before)
    os.kill(lost, signal.SIGKILL)
    wait_for(lambda: len(served.workers() - {lost}) == 2)
    wait_for(served.answers)
    now = served.workers()
    assert served.end() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in now)
    assert not served.answers()


def test_what_is_read_is_shared(serve):
    """Two that serve weigh less than two that each read the code for themselves."""
    served = serve(2)
    wait_for(served.answers)
    wait_for(lambda: len(served.workers()) == 2)
    weights = [share_kib(pid) / 1_024 for pid in served.workers()]
    assert max(weights) < 100, weights
    assert served.end() == 0


def test_one_alone_serves_and_ends(serve):
    served = serve(1)
    wait_for(served.answers)
    assert served.workers() == set()
    served.end()
    assert not served.answers()


def test_nothing_is_served_without_a_sound_database(serve, monkeypatch):
    monkeypatch.setenv("HTTP__PUBLIC_URL", "http://shop.test")
    monkeypatch.setenv("ENVIRONMENT", "production")
    assert serve(2).process.wait(WAITED) == 1
