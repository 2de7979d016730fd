"""What uvicorn imports: one application per process, with resources of its own."""

import gc
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType

from fastapi import FastAPI

from app.cli import build
from app.core.logging import configure_logging
from app.core.settings import Settings
from app.main import create_app
from app.routers.readiness import Readiness

GARBAGE = (10_000, 10, 10)
"""Cycles are rare in what a request leaves behind: looked for each 700 objects, as is the default,
they took 3 % of the time of an order or a quote."""


def create() -> FastAPI:
    """The application as the environment configures it."""
    settings = Settings()
    configure_logging(settings.log_level)
    made = build.build(settings)
    app = create_app(made)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(serving: FastAPI) -> AsyncIterator[None]:
        async with inner(serving):
            drain_on_sigterm(serving.state.readiness)
            # What was made to start lives as long as the process: looking through all of it for
            # garbage, now or again and again, only makes somebody wait.
            gc.freeze()
            gc.set_threshold(*GARBAGE)
            yield
        await build.close(made)

    app.router.lifespan_context = lifespan
    return app


def drain_on_sigterm(readiness: Readiness) -> None:
    """Not ready from the first signal on, while the server finishes what is under way."""
    stop = signal.getsignal(signal.SIGTERM)

    def drain(number: int, frame: FrameType | None) -> None:
        readiness.drain()
        if callable(stop):
            stop(number, frame)

    if callable(stop):  # the server's own; without one there is nobody to go on serving
        signal.signal(signal.SIGTERM, drain)
