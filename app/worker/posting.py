"""Sends webhooks: many at a time, so that an endpoint that is slow delays no other."""

import asyncio
import random

import structlog

from app.adapters.resources import Resources
from app.services import webhooks
from app.services.webhooks.ports import WebhookPort

log = structlog.get_logger()
PATIENCE_SECONDS = 5.0
"""How long to wait after the database failed."""


async def send_webhooks(resources: Resources, stop: asyncio.Event) -> None:
    """Send until `stop` is set; what is under way then is finished.

    What is due is taken as soon as there is room for it, not when a whole batch is done.
    """
    if resources.webhooks is None:
        return
    post = Post(resources, resources.webhooks)
    while not stop.is_set():
        wait = resources.settings.worker.poll_seconds
        try:
            if await post.take():
                continue
        except Exception:
            log.exception("webhooks_failed")
            wait = PATIENCE_SECONDS
        await post.rest(stop, wait * (0.75 + random.random() / 2))  # noqa: S311 - spreads workers
    await post.drain()


class Post:
    """Deliveries that one worker has under way."""

    def __init__(self, resources: Resources, port: WebhookPort) -> None:
        self._resources, self._port = resources, port
        self._under_way: dict[asyncio.Task[None], bool] = {}
        self._ended = asyncio.Event()

    async def take(self) -> int:
        """Begin what is due, as far as there is room; how many were begun."""
        self._ended.clear()
        settings = self._resources.settings.webhooks
        room = settings.parallel - len(self._under_way)
        if room <= 0:
            return 0
        failing = sum(self._under_way.values())
        claimed = await webhooks.claim(
            self._resources.sessions, settings, room=room, failing=failing
        )
        for each in claimed:
            task = asyncio.create_task(self._deliver(each))
            self._under_way[task] = each.is_failing
            task.add_done_callback(self._end)
        return len(claimed)

    async def rest(self, stop: asyncio.Event, seconds: float) -> None:
        """Return when something has ended since the last `take`, with `stop`, or after a time."""
        waits = [asyncio.ensure_future(each.wait()) for each in (stop, self._ended)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()

    async def drain(self) -> None:
        """Return once nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _end(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._ended.set()

    async def _deliver(self, claimed: webhooks.Claimed) -> None:
        pepper = self._resources.settings.secrets.pepper
        try:
            await webhooks.deliver(self._resources.sessions, self._port, pepper, claimed)
        except Exception:
            # Its lease runs out, and it is tried again.
            log.exception("webhook_not_recorded", key=str(claimed.event_id))
