"""Outbox messages as staff look after them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.system import MessageState
from app.core.errors import NotFound
from app.repositories.system.outbox import ListedMessage, OutboxRepository
from app.services.system.operations import record

__all__ = ["ListedMessage", "forget_delivered", "list_messages", "retry_message"]


async def list_messages(
    session: AsyncSession, state: MessageState, *, after: UUID | None, limit: int
) -> list[ListedMessage]:
    """Messages in `state`, newest first."""
    return await OutboxRepository(session).page(state, after=after, limit=limit)


async def retry_message(session: AsyncSession, message_id: UUID, *, actor: Actor) -> None:
    """Deliver a parked message again from its first attempt; raises `NotFound` otherwise."""
    if not await OutboxRepository(session).retry(message_id):
        raise NotFound("No such parked message")
    await record(session, actor, "system.retry-message", "outbox", message_id)


async def forget_delivered(session: AsyncSession, *, older_than_days: int) -> int:
    return await OutboxRepository(session).forget(older_than_days)
