"""Refunds as they are read: one, those of an order, those that wait."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.repositories.payments.refunds import RefundRepository
from app.services.payments.refund_views import RefundView, refund_view


async def read_refund(session: AsyncSession, refund_id: UUID) -> RefundView:
    """Raises `NotFound`."""
    return refund_view(await refund_row(session, refund_id))


async def read_refund_of(session: AsyncSession, part_id: UUID) -> RefundView:
    """The refund a part belongs to. Raises `NotFound`."""
    row = await RefundRepository(session).of_part(part_id)
    if row is None:
        raise NotFound("No such refund")
    return refund_view(row)


async def list_waiting_refunds(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> list[RefundView]:
    """Refunds that need a second person, one more than `limit`, newest first."""
    rows = await RefundRepository(session).waiting(after=after, limit=limit + 1)
    return [refund_view(row) for row in rows]


async def refund_row(session: AsyncSession, refund_id: UUID) -> RowMapping:
    row = await RefundRepository(session).by_id(refund_id)
    if row is None:
        raise NotFound("No such refund")
    return row


async def list_refunds_of(session: AsyncSession, order_id: UUID) -> tuple[RefundView, ...]:
    return tuple(refund_view(row) for row in await RefundRepository(session).of_order(order_id))
