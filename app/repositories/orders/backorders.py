"""Orders that wait for goods which are there by now."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# From the stock that has both: pieces that wait, and pieces that are free. Who has paid goes first,
# then who is urgent, then who came first.
_DUE = """
    SELECT o.id FROM orders o JOIN (
        SELECT CAST(substr(b.owner, 7) AS uuid) AS order_id,
            bool_and(b.expires_at IS NOT NULL) AS is_unpaid, min(b.id::text) AS first
        FROM stock s JOIN backorders b USING (sku_id, warehouse_id)
        WHERE s.waiting > 0 AND s.on_hand - s.reserved - s.safety > 0
          AND b.filled + b.freed < b.quantity AND b.owner LIKE 'order:%'
          AND (b.kind <> 'presale' OR b.ships_at <= now())
          AND (b.expires_at IS NULL OR b.expires_at > now())
        GROUP BY 1) w ON w.order_id = o.id
    WHERE o.state = 'open' ORDER BY w.is_unpaid, o.priority DESC, w.first LIMIT {limit}
"""


class BackorderQueue:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def due(self, limit: int) -> Sequence[UUID]:
        """Orders of which something that waits is there, in the order they get it."""
        found = await self._session.execute(text(_DUE.format(limit=int(limit))))
        return found.scalars().all()
