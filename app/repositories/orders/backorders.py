"""Orders that wait for goods: which get what came, and for which it takes too long."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
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

# Paid ones: what is not paid for ends by itself.
_LATE = """
    SELECT order_id FROM (
        SELECT CAST(substr(b.owner, 7) AS uuid) AS order_id, min(b.last_at) AS last_at
        FROM backorders b
        WHERE b.filled + b.freed < b.quantity AND b.over_at IS NULL AND b.owner LIKE 'order:%'
          AND b.expires_at IS NULL AND {late}
        GROUP BY 1) w
    ORDER BY w.last_at, order_id LIMIT {limit}
"""
_ENDS = """b.told_at IS NULL AND b.last_at > now()
          AND b.last_at <= now() + make_interval(days => :days)"""
_OVER = "b.last_at <= now()"
_MARK = """
    UPDATE backorders b SET {column} = now()
    WHERE b.owner = :owner AND b.filled + b.freed < b.quantity AND b.over_at IS NULL
      AND b.expires_at IS NULL AND {late}
    RETURNING b.sku_id, b.quantity - b.filled - b.freed AS open, b.last_at
"""
_BOUND = text("""
    SELECT b.sku_id, b.warehouse_id, b.last_at, b.last_at <= now() IS TRUE AS is_over
    FROM backorders b WHERE b.owner = :owner AND b.filled + b.freed < b.quantity
    ORDER BY b.last_at NULLS LAST
""")


class BackorderQueue:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def due(self, limit: int) -> Sequence[UUID]:
        """Orders of which something that waits is there, in the order they get it."""
        found = await self._session.execute(text(_DUE.format(limit=int(limit))))
        return found.scalars().all()

    async def ending(self, days: int, limit: int) -> Sequence[UUID]:
        """Orders nobody was told of that must wait for so many days more at most."""
        statement = text(_LATE.format(late=_ENDS, limit=int(limit)))
        return (await self._session.execute(statement, {"days": days})).scalars().all()

    async def over(self, limit: int) -> Sequence[UUID]:
        """Orders that need not wait any longer, of which that was not noted."""
        found = await self._session.execute(text(_LATE.format(late=_OVER, limit=int(limit))))
        return found.scalars().all()

    async def mark_ending(self, owner: str, days: int) -> Sequence[RowMapping]:
        """Note that the last day was told of; what it is, each once."""
        statement = text(_MARK.format(column="told_at", late=_ENDS))
        found = await self._session.execute(statement, {"owner": owner, "days": days})
        return found.mappings().all()

    async def mark_over(self, owner: str) -> Sequence[RowMapping]:
        """Note that the last day is over; of what, each once."""
        statement = text(_MARK.format(column="over_at", late=_OVER))
        return (await self._session.execute(statement, {"owner": owner})).mappings().all()

    async def bound(self, owner: str) -> Sequence[RowMapping]:
        """What an owner waits for, and whether its last day `is_over`."""
        return (await self._session.execute(_BOUND, {"owner": owner})).mappings().all()
