"""Transactional outbox: facts are stored with the change that caused them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.events import Event
from app.core.ids import new_id
from app.core.json import dump
from app.repositories.system.outbox import ClaimedMessage, OutboxRepository

__all__ = ["ClaimedMessage", "claim", "mark_delivered", "mark_failed", "publish", "told"]


async def publish(session: AsyncSession, *events: Event) -> None:
    """Record `events` in the caller's transaction, in order; the worker delivers after the commit.

    One statement however many there are. Call it while the aggregate's row is locked, so that the
    facts of one `ordering_key` are numbered in the order in which they happened.
    """
    if events:
        await OutboxRepository(session).add(told(*events))


def told(*events: Event) -> dict[str, Any]:
    """What a statement that publishes `events` with its own change needs to know of them."""
    return {
        "told_ids": [new_id() for _ in events],
        "told_names": [event.name for event in events],
        "told_keys": [event.ordering_key for event in events],
        "told_payloads": [dump(event) for event in events],
    }


async def claim(session: AsyncSession) -> ClaimedMessage | None:
    """Lock the next message that is due and first of its `ordering_key`, if there is one."""
    return await OutboxRepository(session).claim()


async def mark_delivered(session: AsyncSession, message: ClaimedMessage) -> None:
    await OutboxRepository(session).delivered(message)


async def mark_failed(
    session: AsyncSession,
    message: ClaimedMessage,
    *,
    error: str,
    wait_seconds: float,
    max_attempts: int,
) -> bool:
    """Put `message` off, or park it with its last failed attempt; returns whether it is parked."""
    return await OutboxRepository(session).failed(
        message, error=error, wait_seconds=wait_seconds, max_attempts=max_attempts
    )
