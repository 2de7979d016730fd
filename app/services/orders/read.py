"""Reading an order, scoped to whoever asks. Documents are JSON text that PostgreSQL built."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.repositories.orders import OrderReader


async def get_order(session: AsyncSession, order_id: UUID, *, actor: Actor) -> str:
    """One of the actor's own orders with everything that hangs on it."""
    return _found(await OrderReader(session).of_member(order_id, actor.id))


async def require_own(session: AsyncSession, order_id: UUID, *, actor: Actor) -> None:
    """Raise `NotFound` unless the order is the actor's own."""
    if not await OrderReader(session).is_own(order_id, actor.id):
        raise NotFound("No such order")


async def get_any_order(session: AsyncSession, order_id: UUID) -> str:
    """Any order, as staff see it, with what keeps its goods from leaving."""
    return _found(await OrderReader(session).of_any(order_id))


async def get_merchant_order(session: AsyncSession, order_id: UUID, *, merchant_id: UUID) -> str:
    """The merchant's own part of a paid order."""
    return _found(await OrderReader(session).of_merchant(order_id, merchant_id))


def _found(document: str | None) -> str:
    if document is None:
        raise NotFound("No such order")
    return document
