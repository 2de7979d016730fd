"""What people write on an order's timeline, for the shopper or among themselves."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.json import dump
from app.repositories.orders.notes import NoteRepository
from app.services import system


async def add_note(
    session: AsyncSession, order_id: UUID, words: str, *, is_public: bool, actor: Actor
) -> RowMapping:
    """Staff write a `message` that the shopper reads too, or a `note`. Raises `NotFound`."""
    kind = "message" if is_public else "note"
    row = await _add(session, order_id, kind, {"text": words}, is_public=is_public, actor=actor)
    await system.record(session, actor, f"orders.{kind}", "order", order_id)
    return row


async def add_merchant_note(
    session: AsyncSession, order_id: UUID, words: str, *, merchant_id: UUID, actor: Actor
) -> RowMapping:
    """A merchant writes a note that staff and its own systems read. Raises `NotFound`."""
    data = {"text": words, "merchant_id": str(merchant_id)}
    return await _add(session, order_id, "merchant_note", data, is_public=False, actor=actor)


async def merchant_notes(
    session: AsyncSession, order_id: UUID, *, merchant_id: UUID
) -> Sequence[RowMapping]:
    """The merchant's own notes, oldest first."""
    return await NoteRepository(session).of_merchant(order_id, merchant_id)


async def _add(
    session: AsyncSession,
    order_id: UUID,
    kind: str,
    data: dict[str, str],
    *,
    is_public: bool,
    actor: Actor,
) -> RowMapping:
    values = {"kind": kind, "is_public": is_public, "actor": actor.principal, "data": dump(data)}
    row = await NoteRepository(session).add(order_id, values, merchant_id=actor.merchant_id)
    if row is None:
        raise NotFound("No such order")
    return row
