"""Safety stock, and what has come down to it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_SET = text("""
    INSERT INTO stock AS s (sku_id, warehouse_id, safety)
    SELECT sku_id, CAST(:warehouse_id AS uuid), safety
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:safeties AS int[])) AS n(sku_id, safety)
     ORDER BY sku_id
    ON CONFLICT (sku_id, warehouse_id) DO UPDATE SET safety = excluded.safety
""")
_LOW = """
    SELECT s.sku_id, k.code AS sku_code, s.warehouse_id, w.code AS warehouse_code, s.on_hand,
           s.reserved, s.safety, CAST(:days AS int) AS in_days, m.sold,
           ((s.on_hand - s.reserved)::bigint * CAST(:days AS int)
            / nullif(m.sold, 0)) AS days_of_cover
      FROM stock s
      JOIN skus k ON k.id = s.sku_id
      JOIN warehouses w ON w.id = s.warehouse_id,
      LATERAL (SELECT coalesce(-sum(m.quantity), 0)::int AS sold FROM stock_movements m
                WHERE m.sku_id = s.sku_id AND m.warehouse_id = s.warehouse_id
                  AND m.created_at >= now() - make_interval(days => CAST(:days AS int))
                  AND m.kind IN ('shipment', 'sale')) m
     WHERE s.safety > 0 AND s.on_hand - s.reserved <= s.safety
       AND (CAST(:warehouse_id AS uuid) IS NULL OR s.warehouse_id = :warehouse_id)
       AND (CAST(:after_sku AS uuid) IS NULL
            OR (s.sku_id, s.warehouse_id) > (:after_sku, :after_warehouse))
     ORDER BY s.sku_id, s.warehouse_id LIMIT {limit}
"""


class SafetyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def set(self, warehouse_id: UUID, pieces: Mapping[UUID, int]) -> None:
        """Keep the last pieces by SKU; SKUs are given in order."""
        values = {
            "warehouse_id": warehouse_id,
            "sku_ids": list(pieces),
            "safeties": list(pieces.values()),
        }
        await self._session.execute(_SET, values)

    async def low(
        self,
        *,
        warehouse_id: UUID | None,
        days: int,
        after: tuple[UUID, UUID] | None,
        limit: int,
    ) -> Sequence[Any]:
        """Stock that has come down to its safety stock, in order of SKU and warehouse."""
        values = {
            "warehouse_id": warehouse_id,
            "days": days,
            "after_sku": after[0] if after else None,
            "after_warehouse": after[1] if after else None,
        }
        statement = text(_LOW.format(limit=int(limit)))
        return (await self._session.execute(statement, values)).all()
