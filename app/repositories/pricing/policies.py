"""What channels allow of discounts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.pricing import PricePolicy


class PolicyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, channel_id: UUID | None, *, lock: bool = False) -> Sequence[PricePolicy]:
        """The rows that decide for a channel: its own and the one without a channel.

        With `lock` they are held until commit, the one without a channel first.
        """
        statement = (
            select(PricePolicy)
            .where(or_(PricePolicy.channel_id == channel_id, PricePolicy.channel_id.is_(None)))
            .order_by(PricePolicy.channel_id.nulls_first())
        )
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return (await self._session.scalars(statement)).all()

    async def among(self, channel_ids: Sequence[UUID]) -> Sequence[PricePolicy]:
        """Rows of these channels and the one without; of all channels if none is named."""
        statement = select(PricePolicy)
        if channel_ids:
            statement = statement.where(
                or_(PricePolicy.channel_id.in_(channel_ids), PricePolicy.channel_id.is_(None))
            )
        return (await self._session.scalars(statement)).all()

    def add(self, row: PricePolicy) -> None:
        self._session.add(row)
