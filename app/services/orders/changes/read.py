"""The history of an order's changes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.repositories.orders import ChangeRepository
from app.services.orders.changes.planned import facts_of


async def list_changes(
    session: AsyncSession, order_id: UUID, *, actor: Actor, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """One more than `limit`, newest first; the oldest holds what was agreed when it was placed.

    Raises `NotFound`.
    """
    await facts_of(session, order_id, actor=actor)
    return await ChangeRepository(session).of_order(order_id, after=after, limit=limit + 1)
