"""Pieces of an order that others were sent for, and that came back."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

_OF = text("""
    SELECT r.number, r.kind, x.order_line_id AS line_id, l.sku_id AS own_sku_id,
        l.quantity AS bought, coalesce(x.sku_id, l.sku_id) AS sku_id,
        coalesce(x.for_sku_id, l.sku_id) AS for_sku_id, x.difference_minor,
        coalesce(x.accepted, x.quantity) AS pieces
    FROM order_returns r JOIN order_return_lines x ON x.return_id = r.id
    JOIN order_lines l ON l.id = x.order_line_id
    WHERE r.order_id = :order_id AND r.id <> :return_id
      AND (r.kind = 'exchange' AND r.state = 'sent'
           OR r.kind = 'return' AND r.state IN ('refunding', 'refunded'))
    ORDER BY r.id, l.position
""")


class SwapRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, order_id: UUID, return_id: UUID) -> Sequence[RowMapping]:
        """Exchanges that were sent and returns for money but that one, the oldest first."""
        values = {"order_id": order_id, "return_id": return_id}
        return (await self._session.execute(_OF, values)).mappings().all()
