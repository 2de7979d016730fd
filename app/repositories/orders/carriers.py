"""Who carries parcels."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.carriers import Carrier


class CarrierRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Carrier) -> None:
        self._session.add(row)

    async def named(self, code: str) -> Carrier | None:
        return await self._session.scalar(select(Carrier).where(Carrier.code == code))

    async def one(self, carrier_id: UUID, *, lock: bool = False) -> Carrier | None:
        found = select(Carrier).where(Carrier.id == carrier_id)
        if lock:
            found = found.with_for_update(key_share=True)
        return await self._session.scalar(found)

    async def page(
        self, *, after: UUID | None, limit: int, is_active: bool | None = None
    ) -> Sequence[Carrier]:
        """Newest first."""
        found = select(Carrier).order_by(Carrier.id.desc()).limit(limit)
        if after is not None:
            found = found.where(Carrier.id < after)
        if is_active is not None:
            found = found.where(Carrier.is_active == is_active)
        return (await self._session.scalars(found)).all()

    async def of_merchant(self, merchant_id: UUID) -> Sequence[Carrier]:
        """Those a merchant may ship with now, by code: everybody's and its own."""
        is_its = or_(Carrier.merchant_id.is_(None), Carrier.merchant_id == merchant_id)
        found = select(Carrier).where(Carrier.is_active, is_its).order_by(Carrier.code)
        return (await self._session.scalars(found)).all()
