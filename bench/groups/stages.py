"""What stages of a company's order take: time, work of this process, statements, memory."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, process_time

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

HEAD = f"{'':<28}{'rows':>8}{'s':>9}{'rows/s':>9}{'CPU ms/row':>12}{'statements/row':>16}{'MiB':>7}"


class Stages:
    """Counts the statements of one engine. Memory is the most this process ever had by then."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sent = 0
        event.listen(engine.sync_engine, "before_cursor_execute", self._note)
        print(HEAD, flush=True)

    def _note(self, *_: object) -> None:
        self._sent += 1

    @contextmanager
    def stage(self, name: str, rows: int) -> Iterator[None]:
        sent, begun, worked = self._sent, perf_counter(), process_time()
        yield
        took, work = perf_counter() - begun, process_time() - worked
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
        print(
            f"{name:<28}{rows:>8}{took:>9.1f}{rows / took:>9.0f}{1_000 * work / rows:>12.2f}"
            f"{(self._sent - sent) / rows:>16.3f}{peak:>7}",
            flush=True,
        )
