"""Filters of the order list that staff keep."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.order_views import OrderView


class ViewRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def save(self, row: OrderView) -> OrderView:
        """Raises `IntegrityError` for a name its owner has given already, or a second default."""
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)
        return row

    async def no_default(self, staff_id: UUID, *, but: UUID) -> None:
        """No view of somebody's but this one is the first they see any more."""
        await self._session.execute(
            update(OrderView)
            .where(
                OrderView.staff_id == staff_id,
                OrderView.is_default,
                OrderView.id != but,
            )
            .values(is_default=False, version=OrderView.version + 1)
        )

    async def delete(self, row: OrderView) -> None:
        await self._session.delete(row)
        await self._session.flush()

    async def page(self, staff_id: UUID, *, after: UUID | None, limit: int) -> Sequence[OrderView]:
        """Own views and those others share, newest first."""
        seen = or_(OrderView.staff_id == staff_id, OrderView.is_shared)
        found = select(OrderView).where(seen).order_by(OrderView.id.desc()).limit(limit)
        if after is not None:
            found = found.where(OrderView.id < after)
        return (await self._session.scalars(found)).all()

    async def seen(self, staff_id: UUID, view_id: UUID) -> OrderView | None:
        """A view that is somebody's own or shared."""
        seen = or_(OrderView.staff_id == staff_id, OrderView.is_shared)
        return await self._session.scalar(select(OrderView).where(OrderView.id == view_id, seen))

    async def own(self, staff_id: UUID, view_id: UUID) -> OrderView | None:
        """A view of somebody's, locked until commit."""
        found = select(OrderView).where(OrderView.id == view_id, OrderView.staff_id == staff_id)
        return await self._session.scalar(
            found.with_for_update(key_share=True).execution_options(populate_existing=True)
        )

    async def wanted_of(self, staff_id: UUID, view_id: UUID) -> tuple[dict[str, Any], str] | None:
        """Filter and sort of a view that is somebody's own or shared."""
        seen = or_(OrderView.staff_id == staff_id, OrderView.is_shared)
        found = select(OrderView.wanted, OrderView.sort).where(OrderView.id == view_id, seen)
        row = (await self._session.execute(found)).first()
        return None if row is None else (row.wanted, row.sort)
