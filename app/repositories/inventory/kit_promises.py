"""Of what kits consist that were promised to owners."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_OF = text("""
    SELECT kit_id, sku_id, quantity, worth FROM kit_promises
     WHERE owner = :owner ORDER BY kit_id, sku_id
""")
_HAND_ON = text("""
    INSERT INTO kit_promises (owner, kit_id, sku_id, quantity, worth)
    SELECT :to, kit_id, sku_id, quantity, worth FROM kit_promises
     WHERE owner = :owner AND kit_id = ANY(CAST(:kit_ids AS uuid[]))
    ON CONFLICT DO NOTHING
""")
_LEVELS = text("""
    SELECT s.sku_id, s.warehouse_id, w.code,
           greatest(s.on_hand - s.reserved - s.safety - s.waiting, 0) AS available
      FROM stock s JOIN warehouses w ON w.id = s.warehouse_id AND w.is_active
     WHERE s.sku_id = ANY(CAST(:sku_ids AS uuid[])) ORDER BY w.code, s.sku_id
""")


class KitPromiseRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, owner: str) -> Sequence[Any]:
        """`kit_id`, `sku_id`, `quantity` and `worth`, in order of kit and SKU."""
        return (await self._session.execute(_OF, {"owner": owner})).all()

    async def hand_on(self, owner: str, to: str, kit_ids: Collection[UUID]) -> None:
        """Let another owner have kits as they were promised to this one."""
        values = {"owner": owner, "to": to, "kit_ids": list(kit_ids)}
        await self._session.execute(_HAND_ON, values)

    async def shelves(self, sku_ids: Collection[UUID]) -> Sequence[Any]:
        """What is free of SKUs in each warehouse in use: `sku_id`, `warehouse_id`, `code`."""
        return (await self._session.execute(_LEVELS, {"sku_ids": list(sku_ids)})).all()
