"""Telling merchants whose endpoints were disabled, and forgetting what is old."""

import structlog

from app.core.db import Sessions, unit_of_work
from app.repositories.webhooks import EndpointRepository, FeedRepository
from app.services.system.ports import MessagePort

log = structlog.get_logger()
_TEXT = (
    "Stoa no longer sends webhooks to {name}: {why}. Nothing is lost: mend it, then resume the"
    " webhook or read the events."
)
_WHY = {
    "gone": "its address answered 410 Gone",
    "failing": "nothing was received there for three days",
    "staff": "the platform closed it",
}


async def tell_disabled(sessions: Sessions, messages: MessagePort, *, limit: int) -> int:
    """Write to the people of disabled endpoints who were not told yet; how many were.

    Each is claimed by one worker before it is written to; what could not be sent is tried again.
    """
    async with unit_of_work(sessions) as session:
        rows = await EndpointRepository(session).untold(limit)
    told = 0
    for row in rows:
        name = " ".join(row["name"].split())  # a message is one line
        text = _TEXT.format(name=name, why=_WHY[row["reason"]])
        try:
            await messages.send(destination=row["email"], kind="webhook_disabled", text=text)
        except Exception:
            log.exception("webhook_owner_not_told", key=str(row["id"]))
            async with unit_of_work(sessions) as session:
                await EndpointRepository(session).not_told(row["id"])
        else:
            told += 1
    return told


async def forget(sessions: Sessions, *, older_than_days: int) -> None:
    """Remove old events with their deliveries, and deleted endpoints that have none left."""
    async with unit_of_work(sessions) as session:
        await FeedRepository(session).forget(older_than_days)
    async with unit_of_work(sessions) as session:
        await EndpointRepository(session).forget(older_than_days)
