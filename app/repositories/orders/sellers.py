"""Which products are sold most."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import id_at

# Ids of orders are made as they are placed, so the key finds those of the last days.
_TOP = text("""
SELECT l.spu_id
  FROM orders o
  JOIN order_lines l ON l.order_id = o.id AND NOT l.is_gift
  JOIN spus s ON s.id = l.spu_id AND s.status = 'on_sale'
 WHERE o.id >= :least_id AND o.kind = 'sale' AND o.paid_at IS NOT NULL AND o.state <> 'cancelled'
 GROUP BY l.spu_id
 ORDER BY sum(l.quantity) DESC, l.spu_id
 LIMIT :count
""")


class SellerRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def top(self, since: datetime, count: int) -> Sequence[UUID]:
        """Products on sale by pieces in paid orders placed `since`, most first."""
        values = {"least_id": id_at(since), "count": count}
        return (await self._session.scalars(_TOP, values)).all()
