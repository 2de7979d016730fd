"""Why fulfilments are sent from where they are, and which have to be sent from elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json import dump

_ORDER = text("""
    SELECT o.id, o.member_id, o.channel_id, o.currency, o.state, o.fulfilment_status, o.address,
        o.delivery, f.route, now() AS at
    FROM fulfilments f JOIN orders o ON o.id = f.order_id WHERE f.id = :id
""").columns(address=JSONB, delivery=JSONB, route=JSONB)
_EXPLAIN = text("UPDATE fulfilments SET route = CAST(:reason AS jsonb) WHERE id = :id")
_LOOKED = text("UPDATE fulfilments SET routed_at = now() WHERE id = :id")
# Warehouse by warehouse: else all that waits anywhere is read in order of age.
_DUE = """
    SELECT d.id, d.order_id FROM warehouses w CROSS JOIN LATERAL (
        SELECT f.id, f.order_id FROM fulfilments f JOIN orders o ON o.id = f.order_id
        WHERE f.warehouse_id = w.id AND f.status = 'unfulfilled' AND o.state = 'open'
          AND (f.routed_at IS NULL OR f.routed_at < now() - interval '15 minutes')
        ORDER BY f.id LIMIT {limit}) d
    WHERE NOT w.is_active ORDER BY d.id LIMIT {limit}
"""

# Who was to be served last leaves first; `first` before all.
_PROMISED = """
    SELECT o.id FROM reservations r
    LEFT JOIN order_returns t ON r.owner LIKE 'return:%'
        AND t.id = CAST(split_part(r.owner, ':', 2) AS uuid)
    JOIN orders o ON o.id = CASE WHEN r.owner LIKE 'order:%'
        THEN CAST(substr(r.owner, 7) AS uuid) ELSE t.order_id END
    WHERE r.sku_id = :sku_id AND r.warehouse_id = :warehouse_id
      AND r.state IN ('held', 'committed') AND r.quantity > r.shipped + r.freed
    ORDER BY r.owner = :first IS TRUE DESC, r.state = 'held' DESC, o.priority, r.id DESC
    LIMIT {limit}
"""


class RouteRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def order(self, fulfilment_id: UUID) -> RowMapping | None:
        """The order of a fulfilment, with why it is sent from there."""
        found = await self._session.execute(_ORDER, {"id": fulfilment_id})
        return found.mappings().first()

    async def explain(self, fulfilment_id: UUID, reason: Mapping[str, Any]) -> None:
        """Keep why it is sent from there."""
        values = {"id": fulfilment_id, "reason": dump(reason)}
        await self._session.execute(_EXPLAIN, values)

    async def looked(self, fulfilment_id: UUID) -> None:
        """It was routed again just now, whatever came of it."""
        await self._session.execute(_LOOKED, {"id": fulfilment_id})

    async def promised(
        self, sku_id: UUID, warehouse_id: UUID, *, first: str | None, limit: int
    ) -> Sequence[UUID]:
        """Orders that are promised a SKU there, in the order in which they leave."""
        values = {"sku_id": sku_id, "warehouse_id": warehouse_id, "first": first}
        found = await self._session.execute(text(_PROMISED.format(limit=int(limit))), values)
        return list(dict.fromkeys(found.scalars()))

    async def due(self, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """What nobody has taken up in closed warehouses, and its orders, oldest first."""
        found = await self._session.execute(text(_DUE.format(limit=int(limit))))
        return [(row.id, row.order_id) for row in found]
