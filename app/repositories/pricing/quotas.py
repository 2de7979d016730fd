"""Quotas of prices: locked and counted by (sku_id, price_list_id, min_quantity)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id

WANTED = """
wanted AS (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:list_ids AS uuid[]),
        CAST(:min_quantities AS int[]), CAST(:quantities AS int[])
    ) AS w(id, sku_id, price_list_id, min_quantity, quantity))"""

# The counters are set from the locked reading (docs/adr/0008). Callers hold the member's row, so
# the statement sees everything that the member's other orders took. A list that was stopped, or
# whose window ended, since the quote was made sells nothing more.
TAKE = direct(f"""
WITH {WANTED},
locked AS MATERIALIZED (
    SELECT w.*, p.quota, p.per_member, p.sold
      FROM wanted w JOIN prices p USING (sku_id, price_list_id, min_quantity)
      JOIN price_lists x ON x.id = w.price_list_id
     WHERE x.is_active AND (x.starts_at IS NULL OR x.starts_at <= now())
       AND (x.ends_at IS NULL OR clock_timestamp() < x.ends_at)
     ORDER BY p.sku_id, p.price_list_id, p.min_quantity FOR UPDATE OF p),
open AS MATERIALIZED (
    SELECT l.* FROM locked l
     WHERE (l.quota IS NULL OR l.sold + l.quantity <= l.quota)
       AND (l.per_member IS NULL OR l.quantity + (
           SELECT coalesce(sum(u.quantity), 0) FROM price_uses u
            WHERE u.member_id = :member_id AND u.price_list_id = l.price_list_id
              AND u.sku_id = l.sku_id AND u.min_quantity = l.min_quantity
              AND u.released_at IS NULL) <= l.per_member)),
verdict AS MATERIALIZED (
    SELECT count(*) = cardinality(CAST(:ids AS uuid[])) AS is_taken FROM open),
counted AS (
    UPDATE prices p SET sold = o.sold + o.quantity FROM open o, verdict v
     WHERE v.is_taken AND p.sku_id = o.sku_id AND p.price_list_id = o.price_list_id
       AND p.min_quantity = o.min_quantity),
used AS (
    INSERT INTO price_uses
           (id, order_id, member_id, sku_id, price_list_id, min_quantity, quantity, held_until)
    SELECT o.id, :order_id, :member_id, o.sku_id, o.price_list_id, o.min_quantity, o.quantity,
           CAST(:held_until AS timestamptz)
      FROM open o, verdict v WHERE v.is_taken)
SELECT w.sku_id, w.price_list_id, w.min_quantity FROM wanted w
 WHERE NOT EXISTS (SELECT 1 FROM open o WHERE o.id = w.id)
""")

SETTLE = direct("""
UPDATE price_uses SET held_until = NULL
 WHERE order_id = :order_id AND held_until IS NOT NULL AND released_at IS NULL
""")

RELEASE = direct("""
WITH ended AS (
    UPDATE price_uses SET released_at = now() WHERE order_id = :order_id AND released_at IS NULL
    RETURNING sku_id, price_list_id, min_quantity, quantity),
locked AS MATERIALIZED (
    SELECT e.*, p.sold FROM prices p JOIN ended e USING (sku_id, price_list_id, min_quantity)
     ORDER BY p.sku_id, p.price_list_id, p.min_quantity FOR UPDATE OF p)
UPDATE prices p SET sold = l.sold - l.quantity FROM locked l
 WHERE p.sku_id = l.sku_id AND p.price_list_id = l.price_list_id
   AND p.min_quantity = l.min_quantity
""")

LESSEN = direct(f"""
WITH {WANTED},
mine AS MATERIALIZED (
    SELECT u.id, u.quantity AS had, w.* FROM price_uses u
      JOIN (SELECT sku_id, price_list_id, min_quantity, quantity AS less FROM wanted) w
           USING (sku_id, price_list_id, min_quantity)
     WHERE u.order_id = :order_id AND u.released_at IS NULL),
fewer AS (
    UPDATE price_uses u SET quantity = m.had - m.less FROM mine m
     WHERE u.id = m.id AND m.less < m.had),
ended AS (
    UPDATE price_uses u SET released_at = now() FROM mine m WHERE u.id = m.id AND m.less = m.had),
locked AS MATERIALIZED (
    SELECT p.sku_id, p.price_list_id, p.min_quantity, p.sold, m.less
      FROM prices p JOIN mine m USING (sku_id, price_list_id, min_quantity)
     ORDER BY p.sku_id, p.price_list_id, p.min_quantity FOR UPDATE OF p)
UPDATE prices p SET sold = l.sold - l.less FROM locked l
 WHERE p.sku_id = l.sku_id AND p.price_list_id = l.price_list_id
   AND p.min_quantity = l.min_quantity
""")
HELD = direct("""
SELECT sku_id, price_list_id, min_quantity, quantity FROM price_uses
 WHERE order_id = :order_id AND released_at IS NULL
 ORDER BY sku_id, price_list_id, min_quantity
""")


class QuotaRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def take(
        self,
        rows: Sequence[tuple[UUID, UUID, int, int]],
        *,
        order_id: UUID,
        member_id: UUID,
        held_until: datetime | None,
    ) -> Sequence[Any]:
        """Count `(sku_id, price_list_id, min_quantity, quantity)` as sold, all or none.

        Returns the rows of which too little is left, and those whose list sells no more.
        """
        values = {
            "ids": [new_id() for _ in rows],
            "sku_ids": [row[0] for row in rows],
            "list_ids": [row[1] for row in rows],
            "min_quantities": [row[2] for row in rows],
            "quantities": [row[3] for row in rows],
            "order_id": order_id,
            "member_id": member_id,
            "held_until": held_until,
        }
        return (await self._session.execute(TAKE, values)).all()

    async def held(self, order_id: UUID) -> list[tuple[UUID, UUID, int, int]]:
        """What an order has of quota prices, as `take` takes it."""
        found = await self._session.execute(HELD, {"order_id": order_id})
        return [(row.sku_id, row.price_list_id, row.min_quantity, row.quantity) for row in found]

    async def lessen(self, rows: Sequence[tuple[UUID, UUID, int, int]], order_id: UUID) -> None:
        """Give back so many pieces of each, of what an order has."""
        values = {
            "ids": [row[0] for row in rows],
            "sku_ids": [row[0] for row in rows],
            "list_ids": [row[1] for row in rows],
            "min_quantities": [row[2] for row in rows],
            "quantities": [row[3] for row in rows],
        }
        await self._session.execute(LESSEN, values | {"order_id": order_id})

    async def settle(self, order_id: UUID) -> None:
        await self._session.execute(SETTLE, {"order_id": order_id})

    async def release(self, order_id: UUID) -> None:
        await self._session.execute(RELEASE, {"order_id": order_id})
