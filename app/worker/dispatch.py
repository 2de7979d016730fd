"""Delivers outbox messages to their handlers and to merchants' feeds, each in a transaction.

At least once, and in order within an `ordering_key`. What handlers write commits together with
the mark, so their effects on the database happen once.
"""

import random
from uuid import UUID

import structlog

from app.core.db import Sessions, unit_of_work
from app.core.settings import WorkerSettings
from app.services import webhooks
from app.services.system import outbox
from app.services.system.outbox import ClaimedMessage
from app.worker.subscriptions import SUBSCRIPTIONS, Subscriptions

log = structlog.get_logger()
LONGEST_WAIT_SECONDS = 300


class HandlerFailed(Exception):
    """A handler raised; carries the message so that it can be put off after the rollback."""

    def __init__(self, message: ClaimedMessage) -> None:
        super().__init__(message.name)
        self.message = message


async def deliver_all(
    sessions: Sessions, settings: WorkerSettings, subscriptions: Subscriptions = SUBSCRIPTIONS
) -> int:
    """Deliver what is due, up to a batch, and return how many messages were tried."""
    tried = 0
    while tried < settings.batch and await deliver_one(sessions, settings, subscriptions):
        tried += 1
    return tried


async def deliver_one(
    sessions: Sessions, settings: WorkerSettings, subscriptions: Subscriptions = SUBSCRIPTIONS
) -> UUID | None:
    """Deliver the next message that is due and return its id; None when there is none.

    A message whose handler fails is put off with growing waits and parked after `max_attempts`.
    """
    try:
        async with unit_of_work(sessions) as session:
            message = await outbox.claim(session)
            if message is None:
                return None
            try:
                for handle in subscriptions.get(message.name, ()):
                    await handle(session, message.payload)
                await webhooks.tell(session, message)
            except Exception as error:
                raise HandlerFailed(message) from error
            await outbox.mark_delivered(session, message)
            return message.id
    except HandlerFailed as failure:
        await _put_off(sessions, settings, failure)
        return failure.message.id


async def _put_off(sessions: Sessions, settings: WorkerSettings, failure: HandlerFailed) -> None:
    message, cause = failure.message, failure.__cause__
    name = type(cause).__name__
    async with unit_of_work(sessions) as session:
        is_parked = await outbox.mark_failed(
            session,
            message,
            error=name,
            wait_seconds=wait_before(message.attempts + 1),
            max_attempts=settings.max_attempts,
        )
    level = log.error if is_parked else log.warning
    level(
        "message_parked" if is_parked else "message_put_off",
        name=message.name,
        message_id=message.id,
        attempts=message.attempts + 1,
        exc_info=cause,
    )


def wait_before(attempt: int) -> float:
    """Seconds before the next try: doubling from one, at most five minutes, half of it drawn."""
    longest = min(LONGEST_WAIT_SECONDS, 2.0 ** (attempt - 1))
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - spreads retries, guards nothing
