"""What counts when warehouses are chosen."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.inventory import RoutingPolicy


class RoutingPolicyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, policy_id: UUID, *, lock: bool = False) -> RoutingPolicy | None:
        return await self._session.get(
            RoutingPolicy, policy_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[RoutingPolicy]:
        """Oldest first."""
        statement = select(RoutingPolicy).order_by(RoutingPolicy.id).limit(limit)
        if after is not None:
            statement = statement.where(RoutingPolicy.id > after)
        return (await self._session.scalars(statement)).all()

    async def save(self, row: RoutingPolicy) -> RoutingPolicy:
        """Write it and read back what the database made of it."""
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)
        return row
