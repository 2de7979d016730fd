"""Why fulfilments are sent from where they are, and which have to be sent from elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_ORDER = text("""
    SELECT o.id, o.member_id, o.channel_id, o.currency, o.state, o.fulfilment_status, o.address,
        o.delivery, f.route, now() AS at
    FROM fulfilments f JOIN orders o ON o.id = f.order_id WHERE f.id = :id
""").columns(address=JSONB, delivery=JSONB, route=JSONB)
_EXPLAIN = text("UPDATE fulfilments SET route = CAST(:reason AS jsonb) WHERE id = :id")
_LOOKED = text("UPDATE fulfilments SET routed_at = now() WHERE id = :id")
_DUE = """
    SELECT f.id, f.order_id FROM warehouses w JOIN fulfilments f ON f.warehouse_id = w.id
    JOIN orders o ON o.id = f.order_id
    WHERE NOT w.is_active AND f.status = 'unfulfilled' AND o.state = 'open'
      AND (f.routed_at IS NULL OR f.routed_at < now() - interval '15 minutes')
    ORDER BY f.id LIMIT {limit}
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
        values = {"id": fulfilment_id, "reason": orjson.dumps(reason, default=str).decode()}
        await self._session.execute(_EXPLAIN, values)

    async def looked(self, fulfilment_id: UUID) -> None:
        """It was routed again just now, whatever came of it."""
        await self._session.execute(_LOOKED, {"id": fulfilment_id})

    async def due(self, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """What nobody has taken up in closed warehouses, and its orders, oldest first."""
        found = await self._session.execute(text(_DUE.format(limit=int(limit))))
        return [(row.id, row.order_id) for row in found]
