"""Rules of refunds by store."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.catalog import Channel
from app.models.refund_policies import StoreRefundPolicy

_BY_STORE = select(Channel.id, Channel.name, StoreRefundPolicy).outerjoin(
    StoreRefundPolicy, StoreRefundPolicy.channel_id == Channel.id
)


class RefundPolicyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(
        self, *, after: UUID | None, limit: int
    ) -> Sequence[Row[UUID, str, StoreRefundPolicy]]:
        """Every store, newest first, with its row where it has one."""
        found = _BY_STORE.order_by(Channel.id.desc()).limit(limit)
        if after is not None:
            found = found.where(Channel.id < after)
        return (await self._session.execute(found)).all()

    async def of(self, channel_id: UUID) -> Row[UUID, str, StoreRefundPolicy] | None:
        found = await self._session.execute(_BY_STORE.where(Channel.id == channel_id))
        return found.first()

    async def locked(self, channel_id: UUID) -> StoreRefundPolicy | None:
        row: StoreRefundPolicy | None = await self._session.scalar(
            select(StoreRefundPolicy)
            .where(StoreRefundPolicy.channel_id == channel_id)
            .with_for_update(key_share=True)
        )
        return row

    async def add(self, row: StoreRefundPolicy) -> None:
        self._session.add(row)
        await self._session.flush()
