"""Purchase limits: kept by staff, counted by limit, member and period with each order."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.models.purchase_limits import PurchaseLimit

# A row that counts is locked by the conflict and added to as it is then, never as it was read.
TAKE = text("""
WITH today AS (
    SELECT (now() AT TIME ZONE time_zone)::date AS day FROM channels WHERE id = :channel_id),
wanted AS (
    SELECT w.sku_id, k.spu_id, w.quantity
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:quantities AS int[])) AS w(sku_id, quantity)
      JOIN skus k ON k.id = w.sku_id),
hit AS MATERIALIZED (
    SELECT l.id AS limit_id, l.sku_id, l.spu_id, l.max_quantity, l.period,
           CASE l.period WHEN 'day' THEN t.day WHEN 'week' THEN date_trunc('week', t.day)::date
                WHEN 'month' THEN date_trunc('month', t.day)::date ELSE DATE '1970-01-01' END
               AS period_on,
           sum(w.quantity)::int AS quantity
      FROM wanted w JOIN purchase_limits l ON l.sku_id = w.sku_id OR l.spu_id = w.spu_id, today t
     WHERE l.is_active AND (l.starts_at IS NULL OR l.starts_at <= now())
       AND (l.ends_at IS NULL OR now() < l.ends_at)
     GROUP BY l.id, t.day),
counted AS (
    INSERT INTO purchase_counts AS c (limit_id, member_id, period_on, quantity, allowed)
    SELECT h.limit_id, :member_id, h.period_on, h.quantity, h.max_quantity
      FROM hit h WHERE h.quantity <= h.max_quantity ORDER BY h.limit_id
    ON CONFLICT (limit_id, member_id, period_on) DO UPDATE
       SET quantity = c.quantity + excluded.quantity, allowed = excluded.allowed
     WHERE c.quantity + excluded.quantity <= excluded.allowed
    RETURNING c.limit_id),
used AS (
    INSERT INTO purchase_uses (order_id, limit_id, member_id, period_on, quantity)
    SELECT :order_id, h.limit_id, :member_id, h.period_on, h.quantity
      FROM hit h JOIN counted c USING (limit_id))
SELECT h.sku_id, h.spu_id, h.max_quantity, h.period,
       greatest(0, h.max_quantity - coalesce(c.quantity, 0)) AS left
  FROM hit h LEFT JOIN purchase_counts c
       ON c.limit_id = h.limit_id AND c.member_id = :member_id AND c.period_on = h.period_on
 WHERE NOT EXISTS (SELECT 1 FROM counted x WHERE x.limit_id = h.limit_id)
 ORDER BY h.limit_id
""")

RELEASE = text("""
WITH ended AS (
    UPDATE purchase_uses SET released_at = now() WHERE order_id = :order_id AND released_at IS NULL
    RETURNING limit_id, member_id, period_on, quantity),
locked AS MATERIALIZED (
    SELECT e.*, c.quantity AS counted FROM purchase_counts c
      JOIN ended e USING (limit_id, member_id, period_on) ORDER BY c.limit_id FOR UPDATE OF c)
UPDATE purchase_counts c SET quantity = l.counted - l.quantity FROM locked l
 WHERE c.limit_id = l.limit_id AND c.member_id = l.member_id AND c.period_on = l.period_on
""")

LESSEN = text("""
WITH wanted AS (
    SELECT w.sku_id, k.spu_id, w.quantity
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:quantities AS int[])) AS w(sku_id, quantity)
      JOIN skus k ON k.id = w.sku_id),
mine AS MATERIALIZED (
    SELECT u.limit_id, u.member_id, u.period_on, u.quantity AS had,
           least(u.quantity, sum(w.quantity))::int AS less
      FROM purchase_uses u JOIN purchase_limits l ON l.id = u.limit_id
      JOIN wanted w ON l.sku_id = w.sku_id OR l.spu_id = w.spu_id
     WHERE u.order_id = :order_id AND u.released_at IS NULL
     GROUP BY u.limit_id, u.member_id, u.period_on, u.quantity),
fewer AS (
    UPDATE purchase_uses u SET quantity = m.had - m.less FROM mine m
     WHERE u.order_id = :order_id AND u.limit_id = m.limit_id AND m.less < m.had),
ended AS (
    UPDATE purchase_uses u SET released_at = now() FROM mine m
     WHERE u.order_id = :order_id AND u.limit_id = m.limit_id AND m.less = m.had),
locked AS MATERIALIZED (
    SELECT m.*, c.quantity AS counted FROM purchase_counts c
      JOIN mine m USING (limit_id, member_id, period_on) ORDER BY c.limit_id FOR UPDATE OF c)
UPDATE purchase_counts c SET quantity = l.counted - l.less FROM locked l
 WHERE c.limit_id = l.limit_id AND c.member_id = l.member_id AND c.period_on = l.period_on
""")


class PurchaseLimitRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: PurchaseLimit) -> None:
        row.id = new_id()
        self._session.add(row)

    async def get(self, limit_id: UUID, *, lock: bool = False) -> PurchaseLimit | None:
        return await self._session.get(
            PurchaseLimit, limit_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[PurchaseLimit]:
        """Limits, newest first."""
        statement = select(PurchaseLimit).order_by(PurchaseLimit.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(PurchaseLimit.id < after)
        return (await self._session.scalars(statement)).all()

    async def take(
        self,
        rows: Sequence[tuple[UUID, int]],
        *,
        order_id: UUID,
        member_id: UUID,
        channel_id: UUID,
    ) -> Sequence[Any]:
        """Count `(sku_id, quantity)` of an order under every limit open now.

        Returns the limits that are passed; the transaction must then end.
        """
        values = {
            "sku_ids": [row[0] for row in rows],
            "quantities": [row[1] for row in rows],
            "order_id": order_id,
            "member_id": member_id,
            "channel_id": channel_id,
        }
        return (await self._session.execute(TAKE, values)).all()

    async def lessen(self, rows: Sequence[tuple[UUID, int]], order_id: UUID) -> None:
        """Count `(sku_id, quantity)` of an order no longer, under the limits it counted under."""
        values = {"sku_ids": [row[0] for row in rows], "quantities": [row[1] for row in rows]}
        await self._session.execute(LESSEN, values | {"order_id": order_id})

    async def release(self, order_id: UUID) -> None:
        await self._session.execute(RELEASE, {"order_id": order_id})
