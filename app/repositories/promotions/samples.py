"""What was bought lately, to try promotions on."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

RECENT = text("""
SELECT l.order_id, l.sku_id, sum(l.quantity) AS quantity
  FROM (SELECT id FROM orders WHERE channel_id = :channel_id ORDER BY id DESC LIMIT :limit) o
  JOIN order_lines l ON l.order_id = o.id
 GROUP BY l.order_id, l.sku_id ORDER BY l.order_id, l.sku_id
""")


GUARDED = text("""
WITH floored AS (
    SELECT sku_id FROM price_floors WHERE currency = :currency ORDER BY sku_id LIMIT :limit),
bought AS (
    SELECT DISTINCT l.sku_id
      FROM (SELECT id FROM orders WHERE channel_id = :channel_id ORDER BY id DESC LIMIT 50) o
      JOIN order_lines l ON l.order_id = o.id WHERE NOT l.is_gift LIMIT :limit)
SELECT sku_id FROM floored UNION SELECT sku_id FROM bought
""")


class SampleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def guarded(self, channel_id: UUID, currency: str, *, limit: int) -> Sequence[UUID]:
        """SKUs that have a floor of their own, and those bought lately, which may have another."""
        values = {"channel_id": channel_id, "currency": currency, "limit": limit}
        return (await self._session.execute(GUARDED, values)).scalars().all()

    async def recent(self, channel_id: UUID, *, limit: int) -> Sequence[Any]:
        """`(order_id, sku_id, quantity)` of the latest orders of a channel, order by order."""
        values = {"channel_id": channel_id, "limit": limit}
        return (await self._session.execute(RECENT, values)).all()
