"""The worker: delivers messages and webhooks, runs jobs, replays orders; stops when asked."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog

from app.adapters.resources import Resources
from app.services import reports
from app.worker.dispatch import deliver_all
from app.worker.posting import send_webhooks
from app.worker.schedule import JOBS, Job, run_due
from app.worker.subscriptions import SUBSCRIPTIONS, Subscriptions

log = structlog.get_logger()
PATIENCE_SECONDS = 5.0
"""How long the worker waits after the database failed, with jitter."""


async def work(
    resources: Resources,
    *,
    subscriptions: Subscriptions = SUBSCRIPTIONS,
    jobs: Sequence[Job] = JOBS,
    stop: asyncio.Event | None = None,
) -> None:
    """Work until `stop` is set, or SIGTERM or SIGINT arrives. What has begun is finished."""
    if stop is None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
    log.info("worker_started")
    await asyncio.gather(
        _repeat(stop, resources, lambda: _deliver(resources, subscriptions)),
        _repeat(stop, resources, lambda: _run(resources, jobs)),
        _repeat(stop, resources, lambda: _replay(resources)),
        send_webhooks(resources, stop),
    )
    log.info("worker_stopped")


async def _deliver(resources: Resources, subscriptions: Subscriptions) -> bool:
    """Whether there may be more at once."""
    settings = resources.settings.worker
    return await deliver_all(resources.sessions, settings, subscriptions) == settings.batch


async def _run(resources: Resources, jobs: Sequence[Job]) -> bool:
    await run_due(resources, jobs)
    return False


async def _replay(resources: Resources) -> bool:
    """A batch of a replay: beside the jobs, which cannot wait for thousands of orders."""
    return await reports.replay_step(resources.sessions, resources.readers)


async def _repeat(
    stop: asyncio.Event, resources: Resources, step: Callable[[], Awaitable[bool]]
) -> None:
    while not stop.is_set():
        wait = resources.settings.worker.poll_seconds
        try:
            if await step():
                continue
        except Exception:
            log.exception("worker_failed")
            wait = PATIENCE_SECONDS
        await _pause(stop, wait * (0.75 + random.random() / 2))  # noqa: S311 - spreads workers


async def _pause(stop: asyncio.Event, seconds: float) -> Any:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
