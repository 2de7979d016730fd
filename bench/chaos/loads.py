"""How busy the machine was meanwhile: what a figure of time has to be read with."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

LOOK_SECONDS = 5.0


@contextmanager
def watched_load() -> Iterator[list[float]]:
    """Load averages of a minute, one every few seconds, until the block ends."""
    seen, over = [os.getloadavg()[0]], Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            seen.append(os.getloadavg()[0])

    watching = Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()
        seen.append(os.getloadavg()[0])
