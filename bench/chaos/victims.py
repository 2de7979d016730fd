"""The API and the worker, and what is done to them."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from bench.processes import (
    Running,
    StartFailed,
    answers,
    free_port,
    launch,
    wait_until_answering,
)
from bench.server import ROOT

READY, ALIVE = "/readyz", "/healthz"
READY_SECONDS = 60


@dataclass(slots=True)
class Victims:
    """One API and one worker at a time, always on the same port."""

    environment: dict[str, str]
    folder: Path
    api_workers: int
    port: int = field(default_factory=free_port)
    api: Running | None = None
    worker: Running | None = None

    async def start(self) -> None:
        self.start_worker()
        await self.start_api()

    def stop(self) -> None:
        for each in (self.api, self.worker):
            if each is not None:
                each.stop()

    async def start_api(self) -> None:
        self.api = self.launch_api(self.port)
        await asyncio.to_thread(wait_until_answering, self.api, path=READY)

    def launch_api(self, port: int) -> Running:
        arguments = ["app.cli", "serve", "--port", str(port), "--workers", str(self.api_workers)]
        return launch(arguments, self.environment, port=port, log=self.folder / "api.log")

    def start_worker(self) -> None:
        self.worker = launch(
            ["app.cli", "worker"],
            self.environment,
            port=self.port,
            log=self.folder / "worker.log",
        )


@dataclass(slots=True)
class Preloaded:
    """Starts processes that have imported everything already (`bench.chaos.preloaded`)."""

    environment: dict[str, str]
    folder: Path
    parent: subprocess.Popen[str] | None = None
    alive: set[int] = field(default_factory=set)

    def start(self) -> None:
        with (self.folder / "preloaded.log").open("ab") as log:
            self.parent = subprocess.Popen(
                [sys.executable, "-m", "bench.chaos.preloaded"],
                cwd=ROOT,
                env=os.environ | self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._read()

    def serve(self, port: int) -> int:
        """Start an API and return its process id once it answers."""
        pid = self._ask(f"serve {port}")
        until = monotonic() + READY_SECONDS
        while not answers(port, ALIVE):
            if monotonic() > until:
                raise StartFailed((self.folder / "preloaded.log").read_text()[-2_000:])
            sleep(0.01)
        return pid

    def work(self) -> int:
        """Start a worker and return its process id."""
        return self._ask("work")

    def kill(self, pid: int) -> None:
        self.alive.discard(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        for pid in tuple(self.alive):
            self.kill(pid)
        if self.parent is not None:
            self.parent.kill()
            self.parent.communicate()

    def _ask(self, line: str) -> int:
        if self.parent is None or self.parent.stdin is None:
            raise StartFailed("nothing is preloaded")
        self.parent.stdin.write(f"{line}\n")
        self.parent.stdin.flush()
        pid = int(self._read())
        self.alive.add(pid)
        return pid

    def _read(self) -> str:
        if self.parent is None or self.parent.stdout is None:
            raise StartFailed("nothing is preloaded")
        said = self.parent.stdout.readline()
        if not said:
            raise StartFailed((self.folder / "preloaded.log").read_text()[-2_000:])
        return said
