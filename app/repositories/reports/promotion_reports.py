"""What promotions and coupons did, from the rows orders froze."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import id_at

SLACK = timedelta(hours=1)
"""Ids follow the clock of the machine that made them, `created_at` that of the database."""

# What a promotion took off goods is summed from the units of orders, what it took off fees from
# their quotes; both beside what its uses say, which its counters count.
_ATTRIBUTION = text("""
WITH placed AS MATERIALIZED (
    SELECT o.id, o.quote, CAST(timezone(:zone, o.created_at) AS date) AS day_on
      FROM orders o
     WHERE o.id >= :low AND o.id < :high
       AND o.created_at >= :from_at AND o.created_at < :to_at),
units AS (
    SELECT l.order_id, CAST(d.value ->> 'promotion_id' AS uuid) AS promotion_id,
           sum(u.count) AS pieces, sum(u.count * u.net_minor) AS net_minor,
           sum(u.count * CAST(d.value ->> 'amount_minor' AS bigint)) AS goods_minor
      FROM placed o
      JOIN order_lines l ON l.order_id = o.id
      JOIN order_units u ON u.line_id = l.id
     CROSS JOIN LATERAL jsonb_array_elements(u.discounts) d
     GROUP BY 1, 2),
gifts AS (
    SELECT l.order_id, l.promotion_id, sum(l.list_minor * l.quantity) AS gift_minor
      FROM placed o JOIN order_lines l ON l.order_id = o.id
     WHERE l.is_gift GROUP BY 1, 2),
used AS (
    SELECT o.day_on, x.promotion_id, x.state <> 'released' AS stands, x.amount_minor,
           coalesce(u.goods_minor, 0) AS goods_minor, coalesce(u.pieces, 0) AS pieces,
           coalesce(u.net_minor, 0) AS net_minor, coalesce(g.gift_minor, 0) AS gift_minor,
           CASE WHEN split_part(p.stage, '_', 1) = 'shipping' THEN (
               SELECT coalesce(sum(CAST(a.value ->> 'amount_minor' AS bigint)), 0)
                 FROM jsonb_array_elements(o.quote -> 'applied') a
                WHERE a.value ->> 'promotion_id' = CAST(x.promotion_id AS text)) ELSE 0
           END AS shipping_minor
      FROM placed o
      JOIN promotion_uses x ON x.order_id = o.id
      JOIN promotions p ON p.id = x.promotion_id
      LEFT JOIN units u ON u.order_id = o.id AND u.promotion_id = x.promotion_id
      LEFT JOIN gifts g ON g.order_id = o.id AND g.promotion_id = x.promotion_id
     WHERE CAST(:promotion_id AS uuid) IS NULL OR x.promotion_id = :promotion_id),
days AS (
    SELECT day_on, promotion_id,
           count(*) FILTER (WHERE stands) AS orders,
           coalesce(sum(amount_minor) FILTER (WHERE stands), 0)::bigint AS amount_minor,
           coalesce(sum(goods_minor) FILTER (WHERE stands), 0)::bigint AS goods_minor,
           coalesce(sum(shipping_minor) FILTER (WHERE stands), 0)::bigint AS shipping_minor,
           coalesce(sum(gift_minor) FILTER (WHERE stands), 0)::bigint AS gift_minor,
           coalesce(sum(pieces) FILTER (WHERE stands), 0)::bigint AS pieces,
           coalesce(sum(net_minor) FILTER (WHERE stands), 0)::bigint AS net_minor,
           count(*) FILTER (WHERE NOT stands) AS released_orders,
           coalesce(sum(amount_minor) FILTER (WHERE NOT stands), 0)::bigint AS released_minor,
           sum(amount_minor - goods_minor - shipping_minor)::bigint AS difference_minor
      FROM used GROUP BY 1, 2)
SELECT d.*, p.code, p.name, p.currency
  FROM days d JOIN promotions p ON p.id = d.promotion_id
 WHERE CAST(:after_on AS date) IS NULL OR (d.day_on, d.promotion_id) < (:after_on, :after_id)
 ORDER BY d.day_on DESC, d.promotion_id DESC LIMIT :limit
""")

# Coupons that are used name their order. Of those that were given back nothing is left but the
# released use and the order's quote, which names the coupon.
_COUPONS = text("""
WITH named AS MATERIALIZED (
    SELECT p.id AS promotion_id, p.code, p.name, p.currency, g.batch_id, g.batch
      FROM promotions p
     CROSS JOIN LATERAL (
         SELECT b.id AS batch_id, b.name AS batch FROM coupon_batches b WHERE b.promotion_id = p.id
          UNION ALL SELECT NULL, NULL) g
     WHERE p.needs_coupon
       AND (CAST(:promotion_id AS uuid) IS NULL OR p.id = :promotion_id)
       AND (CAST(:after_id AS uuid) IS NULL
            OR (p.id, coalesce(g.batch_id, :nobody)) < (:after_id, :after_batch))
     ORDER BY p.id DESC, coalesce(g.batch_id, :nobody) DESC LIMIT :limit),
coupons_of AS (
    SELECT c.promotion_id, c.batch_id, count(*) AS coupons, count(c.member_id) AS claimed,
           count(*) FILTER (WHERE c.state = 'reserved') AS held,
           count(*) FILTER (WHERE c.state = 'consumed') AS used,
           count(*) FILTER (WHERE c.state = 'expired') AS expired,
           count(*) FILTER (WHERE c.state = 'void') AS void,
           coalesce(sum(o.payable_minor) FILTER (WHERE c.state = 'consumed'), 0)::bigint
               AS gmv_minor,
           coalesce(sum(x.amount_minor) FILTER (WHERE c.state = 'consumed'), 0)::bigint
               AS discount_minor
      FROM coupons c
      LEFT JOIN orders o ON o.id = c.order_id
      LEFT JOIN promotion_uses x ON x.order_id = c.order_id AND x.promotion_id = c.promotion_id
     WHERE c.promotion_id IN (SELECT promotion_id FROM named)
     GROUP BY 1, 2),
codes_of AS (
    SELECT k.batch_id, count(*) AS codes FROM coupon_codes k
     WHERE k.batch_id IN (SELECT batch_id FROM named) AND k.coupon_id IS NULL GROUP BY 1),
returned_of AS (
    SELECT c.promotion_id, c.batch_id, count(*) AS returned
      FROM promotion_uses x
      JOIN orders o ON o.id = x.order_id
     CROSS JOIN LATERAL jsonb_array_elements(o.quote -> 'applied') a
      JOIN coupons c ON c.id = CAST(a.value ->> 'coupon_id' AS uuid)
           AND c.promotion_id = x.promotion_id
     WHERE x.state = 'released' AND x.promotion_id IN (SELECT promotion_id FROM named)
     GROUP BY 1, 2)
SELECT n.*, coalesce(c.coupons, 0) + coalesce(k.codes, 0) AS issued,
       coalesce(c.claimed, 0) AS claimed, coalesce(c.held, 0) AS held,
       coalesce(c.used, 0) AS used, coalesce(r.returned, 0) AS returned,
       coalesce(c.expired, 0) AS expired, coalesce(c.void, 0) AS void,
       coalesce(c.gmv_minor, 0) AS gmv_minor, coalesce(c.discount_minor, 0) AS discount_minor
  FROM named n
  LEFT JOIN coupons_of c ON c.promotion_id = n.promotion_id
       AND c.batch_id IS NOT DISTINCT FROM n.batch_id
  LEFT JOIN codes_of k ON k.batch_id = n.batch_id
  LEFT JOIN returned_of r ON r.promotion_id = n.promotion_id
       AND r.batch_id IS NOT DISTINCT FROM n.batch_id
 ORDER BY n.promotion_id DESC, coalesce(n.batch_id, :nobody) DESC
""")

NO_BATCH = UUID(int=0)
"""Stands for coupons of no batch where rows are put in order: after every batch."""


class PromotionReportRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def attribution(
        self,
        from_at: datetime,
        to_at: datetime,
        *,
        zone: str,
        promotion_id: UUID | None,
        after: tuple[date, UUID] | None,
        limit: int,
    ) -> Sequence[Any]:
        """Sums by day of placing and promotion, the latest day first."""
        after_on, after_id = after or (None, None)
        values = {
            "zone": zone,
            "low": id_at(from_at - SLACK),
            "high": id_at(to_at + SLACK),
            "from_at": from_at,
            "to_at": to_at,
            "promotion_id": promotion_id,
            "after_on": after_on,
            "after_id": after_id,
            "limit": limit,
        }
        return (await self._session.execute(_ATTRIBUTION, values)).all()

    async def coupons(
        self, *, promotion_id: UUID | None, after: tuple[UUID, UUID] | None, limit: int
    ) -> Sequence[Any]:
        """What became of coupons by promotion and batch, the newest promotion first."""
        after_id, after_batch = after or (None, None)
        values = {
            "promotion_id": promotion_id,
            "after_id": after_id,
            "after_batch": after_batch,
            "nobody": NO_BATCH,
            "limit": limit,
        }
        return (await self._session.execute(_COUPONS, values)).all()
