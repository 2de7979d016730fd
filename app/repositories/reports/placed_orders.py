"""Placed orders with what they froze, read in batches without locks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.promotions import MOST_ORDERS
from app.core.ids import id_at

SLACK = timedelta(hours=1)
"""Ids follow the clock of the machine that made them, `created_at` that of the database."""

_WANTED = """channel_id = :channel_id AND (:unpaid_too OR paid_at IS NOT NULL)
           AND created_at >= coalesce(CAST(:placed_from AS timestamptz), '-infinity')
           AND created_at < coalesce(CAST(:placed_to AS timestamptz), 'infinity')"""

_BOUNDS = text(f"""
WITH wanted AS MATERIALIZED (
    SELECT id FROM orders
     WHERE {_WANTED} AND id >= CAST(:low AS uuid) AND id < CAST(:high AS uuid)
     ORDER BY id DESC LIMIT :limit)
SELECT (SELECT id FROM wanted ORDER BY id LIMIT 1) AS first_id,
       (SELECT id FROM wanted ORDER BY id DESC LIMIT 1) AS last_id,
       (SELECT count(*) FROM wanted) AS total
""")

# Earlier orders are counted, and tenders looked up, only where the order does not keep it.
_BATCH = text(f"""
SELECT o.id, o.number, o.member_id, o.created_at, o.payable_minor, o.quote::text,
       o.priced_with::text, o.tax_mode, m.kind AS member_kind, m.tier,
       CASE WHEN o.priced_with IS NULL THEN (
           SELECT count(*) FROM (
               SELECT FROM orders e
                WHERE e.member_id = o.member_id AND e.created_at < o.created_at
                  AND (e.cancelled_at IS NULL OR e.cancelled_at >= o.created_at)
                ORDER BY e.id LIMIT {MOST_ORDERS}) x) END AS orders_count,
       CASE WHEN o.priced_with ? 'payment_kinds' THEN NULL ELSE (
           SELECT array_agg(DISTINCT t.kind) FROM tenders t JOIN payment_plans p ON p.id = t.plan_id
            WHERE p.order_id = o.id) END AS tender_kinds
  FROM (SELECT * FROM orders
         WHERE {_WANTED} AND id >= :first_id AND id <= :last_id
           AND (CAST(:position AS uuid) IS NULL OR id > :position)
         ORDER BY id LIMIT :limit) o
  JOIN members m ON m.id = o.member_id
 ORDER BY o.id
""")

_GOODS = text("""
SELECT k.id, k.spu_id, k.merchant_id, p.brand_id, p.category_id, c.ancestor_ids, k.cost_minor,
       k.cost_currency
  FROM skus k JOIN spus p ON p.id = k.spu_id JOIN categories c ON c.id = p.category_id
 WHERE k.id = ANY(CAST(:sku_ids AS uuid[]))
""")

_LOWEST, _HIGHEST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class WantedOrders:
    """Orders of a channel placed in `[placed_from, placed_to)`; paid ones unless `unpaid_too`."""

    channel_id: UUID
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    unpaid_too: bool = False

    def values(self) -> dict[str, Any]:
        return {
            "channel_id": self.channel_id,
            "placed_from": self.placed_from,
            "placed_to": self.placed_to,
            "unpaid_too": self.unpaid_too,
        }


class PlacedOrderRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def bounds(self, wanted: WantedOrders, *, limit: int) -> Any:
        """`first_id`, `last_id` and `total` of the latest `limit` orders wanted."""
        low, high = wanted.placed_from, wanted.placed_to
        values = wanted.values() | {
            "low": id_at(low - SLACK) if low else _LOWEST,
            "high": id_at(high + SLACK) if high else _HIGHEST,
            "limit": limit,
        }
        return (await self._session.execute(_BOUNDS, values)).one()

    async def batch(
        self,
        wanted: WantedOrders,
        *,
        first_id: UUID,
        last_id: UUID,
        position: UUID | None,
        limit: int,
    ) -> Sequence[Any]:
        """The next orders between the bounds after `position`, in order of id."""
        values = wanted.values() | {
            "first_id": first_id,
            "last_id": last_id,
            "position": position,
            "limit": limit,
        }
        return (await self._session.execute(_BATCH, values)).all()

    async def goods(self, sku_ids: Sequence[UUID]) -> Sequence[Any]:
        """What rules and margins ask about SKUs."""
        return (await self._session.execute(_GOODS, {"sku_ids": list(sku_ids)})).all()
