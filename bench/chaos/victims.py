"""The API and the worker, and the one who kills them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.processes import Running, free_port, launch, wait_until_answering

READY = "/readyz"
MOST_BETWEEN = 40
SECONDS_BETWEEN = (0.15, 1.0)
LOOKS = 150


@dataclass(slots=True)
class Victims:
    """One API and one worker at a time, always on the same port."""

    environment: dict[str, str]
    folder: Path
    api_workers: int
    port: int = field(default_factory=free_port)
    api: Running | None = None
    worker: Running | None = None
    kills: int = 0
    worker_kills: int = 0

    async def start(self) -> None:
        self._start_worker()
        await self._start_api()

    def stop(self) -> None:
        for each in (self.api, self.worker):
            if each is not None:
                each.stop()

    async def kill_often(
        self, lots: Random, *, kills: int, progress: Callable[[], int], every_worker: int = 4
    ) -> None:
        """Kill the API at random moments under load, the worker every few times.

        `progress` counts what was done. A moment is so much of it, and a little time, after the
        start, so that a slow machine is not killed before it does anything.
        """
        while self.kills < kills:
            enough = progress() + lots.randrange(MOST_BETWEEN)
            await asyncio.sleep(lots.uniform(*SECONDS_BETWEEN))
            for _ in range(LOOKS):
                if progress() >= enough:
                    break
                await asyncio.sleep(lots.uniform(0, 0.2))
            if self.api is not None:
                self.api.kill()
            self.kills += 1
            if self.kills % every_worker == 0 and self.worker is not None:
                self.worker.kill()
                self.worker_kills += 1
                self._start_worker()
            await self._start_api()

    async def _start_api(self) -> None:
        arguments = ["app.cli", "serve", "--port", str(self.port)]
        self.api = launch(
            [*arguments, "--workers", str(self.api_workers)],
            self.environment,
            port=self.port,
            log=self.folder / "api.log",
        )
        await asyncio.to_thread(wait_until_answering, self.api, path=READY)

    def _start_worker(self) -> None:
        self.worker = launch(
            ["app.cli", "worker"],
            self.environment,
            port=self.port,
            log=self.folder / "worker.log",
        )
