"""Warehouses and the channels they serve."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.inventory import ChannelWarehouse, Warehouse


class WarehouseRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, warehouse: Warehouse) -> None:
        self._session.add(warehouse)

    async def get(self, warehouse_id: UUID, *, lock: bool = False) -> Warehouse | None:
        return await self._session.get(
            Warehouse, warehouse_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(
        self, *, merchant_id: UUID | None, after: UUID | None, limit: int
    ) -> Sequence[Warehouse]:
        statement = select(Warehouse).order_by(Warehouse.id).limit(limit)
        if merchant_id is not None:
            statement = statement.where(Warehouse.merchant_id == merchant_id)
        if after is not None:
            statement = statement.where(Warehouse.id > after)
        return (await self._session.scalars(statement)).all()

    async def channels(self, warehouse_ids: Iterable[UUID]) -> Mapping[UUID, list[UUID]]:
        """Ids of the channels each warehouse serves by name."""
        rows = await self._session.execute(
            select(ChannelWarehouse.warehouse_id, ChannelWarehouse.channel_id)
            .where(ChannelWarehouse.warehouse_id.in_(list(warehouse_ids)))
            .order_by(ChannelWarehouse.channel_id)
        )
        found: dict[UUID, list[UUID]] = {}
        for warehouse_id, channel_id in rows:
            found.setdefault(warehouse_id, []).append(channel_id)
        return found

    async def assign(self, warehouse_id: UUID, channel_ids: Iterable[UUID]) -> None:
        """Let a warehouse serve exactly these channels."""
        await self._session.execute(
            delete(ChannelWarehouse).where(ChannelWarehouse.warehouse_id == warehouse_id)
        )
        rows = [
            {"warehouse_id": warehouse_id, "channel_id": each} for each in sorted(set(channel_ids))
        ]
        if rows:
            await self._session.execute(insert(ChannelWarehouse), rows)
