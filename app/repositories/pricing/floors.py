"""Floors of SKUs, kept many at a time."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

WANTED = """
wanted AS (
    SELECT * FROM unnest(
        CAST(:sku_ids AS uuid[]), CAST(:currencies AS varchar[]), CAST(:floors AS bigint[])
    ) AS w(sku_id, currency, floor_minor))"""

UNKNOWN = text("""
SELECT w.sku_id FROM unnest(CAST(:sku_ids AS uuid[])) AS w(sku_id)
 WHERE NOT EXISTS (SELECT FROM skus k WHERE k.id = w.sku_id
    AND (CAST(:merchant_id AS uuid) IS NULL OR k.merchant_id = :merchant_id))
 ORDER BY w.sku_id
""")

# Rows are put in order of their key, so that two of these statements queue and never deadlock.
SET = text(f"""
WITH {WANTED},
old AS MATERIALIZED (
    SELECT f.* FROM price_floors f JOIN wanted w USING (sku_id, currency)
     ORDER BY f.sku_id, f.currency FOR UPDATE OF f),
dropped AS (
    DELETE FROM price_floors f USING wanted w
     WHERE f.sku_id = w.sku_id AND f.currency = w.currency
       AND w.floor_minor IS NULL),
put AS (
    INSERT INTO price_floors (sku_id, currency, floor_minor)
    SELECT w.sku_id, w.currency, w.floor_minor FROM wanted w
     WHERE w.floor_minor IS NOT NULL ORDER BY w.sku_id, w.currency
    ON CONFLICT (sku_id, currency) DO UPDATE
       SET floor_minor = excluded.floor_minor, updated_at = now())
SELECT w.sku_id, w.currency, o.floor_minor AS old_minor, w.floor_minor AS new_minor
  FROM wanted w LEFT JOIN old o USING (sku_id, currency)
 WHERE o.floor_minor IS DISTINCT FROM w.floor_minor
 ORDER BY w.sku_id, w.currency
""")

PAGE = """
SELECT f.sku_id, k.code AS sku_code, f.currency, f.floor_minor, f.updated_at
  FROM price_floors f JOIN skus k ON k.id = f.sku_id
 WHERE (CAST(:merchant_id AS uuid) IS NULL OR k.merchant_id = :merchant_id)
   AND (CAST(:sku_id AS uuid) IS NULL OR f.sku_id = :sku_id)
   AND (CAST(:after_sku AS uuid) IS NULL OR (f.sku_id, f.currency) >
        (:after_sku, CAST(:after_currency AS varchar)))
 ORDER BY f.sku_id, f.currency
"""


class FloorRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def unknown(self, sku_ids: Sequence[UUID], merchant_id: UUID | None) -> list[UUID]:
        """Those that do not exist, or are not the merchant's."""
        values = {"sku_ids": list(sku_ids), "merchant_id": merchant_id}
        return list(await self._session.scalars(UNKNOWN, values))

    async def set(self, rows: Sequence[tuple[UUID, str, int | None]]) -> Sequence[Any]:
        """Set `(sku_id, currency, floor_minor)`; without a floor the row goes.

        Returns what changed, with what it was.
        """
        values = {
            "sku_ids": [row[0] for row in rows],
            "currencies": [row[1] for row in rows],
            "floors": [row[2] for row in rows],
        }
        return (await self._session.execute(SET, values)).all()

    async def page(
        self,
        *,
        merchant_id: UUID | None,
        sku_id: UUID | None,
        after: tuple[UUID, str] | None,
        limit: int,
    ) -> Sequence[Any]:
        """Floors in order of SKU and currency."""
        values = {
            "merchant_id": merchant_id,
            "sku_id": sku_id,
            "after_sku": after[0] if after else None,
            "after_currency": after[1] if after else "",
        }
        statement = text(f"{PAGE} LIMIT {int(limit)}")
        return (await self._session.execute(statement, values)).all()
