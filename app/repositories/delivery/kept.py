"""Templates, points and slots as staff keep them."""

from collections.abc import Sequence
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.delivery import DeliverySlot, FreightTemplate, PickupPoint

K = TypeVar("K", FreightTemplate, PickupPoint, DeliverySlot)


class KeptRepository(Generic[K]):
    def __init__(self, session: AsyncSession, model: type[K]) -> None:
        self._session = session
        self._model: type[K] = model

    async def get(self, row_id: UUID, *, lock: bool = False) -> K | None:
        return await self._session.get(
            self._model, row_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(
        self, *, merchant_id: UUID | None, after: UUID | None, limit: int
    ) -> Sequence[K]:
        """In order of id: oldest first."""
        statement = select(self._model).order_by(self._model.id).limit(limit)
        if merchant_id is not None:
            statement = statement.where(self._model.merchant_id == merchant_id)
        if after is not None:
            statement = statement.where(self._model.id > after)
        return (await self._session.scalars(statement)).all()

    async def owner_of_warehouse(self, warehouse_id: UUID) -> str | None:
        """The merchant whose warehouse it is."""
        found: UUID | None = await self._session.scalar(
            text("SELECT merchant_id FROM warehouses WHERE id = :id"), {"id": warehouse_id}
        )
        return None if found is None else str(found)

    async def save(self, row: K) -> K:
        """Write it and read back what the database made of it."""
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)
        return row
