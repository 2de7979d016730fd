"""Parcels of several orders that travel as one. Callers hold the orders' rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.orders.review_due import ADDRESS_KEY

_PLACE = f"""
    concat_ws('|', o.address->>'recipient', o.address->>'phone', {ADDRESS_KEY.format("o.address")})
"""
_JOIN = text("""
    UPDATE shipments SET joined_to = CAST(:leader_id AS uuid), version = version + 1,
        updated_at = now()
    WHERE id = :id
""")
_APART = text("""
    UPDATE shipments SET joined_to = NULL, version = version + 1, updated_at = now()
    WHERE (id = :id OR joined_to = :id) AND joined_to IS NOT NULL
""")
# Where it goes, who gets it, and where it is sent from, of a parcel or a fulfilment.
_WAY = f"""
    SELECT f.id, f.order_id, f.member_id, f.merchant_id, f.warehouse_id, {_PLACE} AS place
    FROM fulfilments f JOIN orders o ON o.id = f.order_id WHERE f.id = ANY(CAST(:ids AS uuid[]))
    ORDER BY f.order_id, f.id
"""
_ALIKE = f"""
    SELECT f.member_id, f.merchant_id, f.warehouse_id, (array_agg(o.address))[1] AS address,
        jsonb_agg(jsonb_build_object('id', f.id, 'number', f.number, 'order_id', o.id,
            'order_number', o.number, 'placed_at', o.created_at) ORDER BY f.id) AS fulfilments
    FROM fulfilments f JOIN orders o ON o.id = f.order_id
    WHERE f.warehouse_id = :warehouse_id AND f.status IN ('unfulfilled', 'picking')
      AND f.kind = 'sale' AND o.state = 'open'
      AND o.payment_status IN ('paid', 'partly_refunded')
      AND o.created_at > now() - make_interval(hours => CAST(:hours AS int))
      AND NOT EXISTS (SELECT FROM order_holds h WHERE h.order_id = o.id AND h.lifted_at IS NULL
                      AND (h.kind <> 'backorder' OR h.reference = CAST(f.id AS varchar)))
      AND EXISTS (SELECT FROM fulfilment_lines x WHERE x.fulfilment_id = f.id
                  AND x.quantity > x.cancelled + x.packed)
    GROUP BY f.member_id, f.merchant_id, f.warehouse_id, {_PLACE}
    HAVING count(DISTINCT o.id) > 1
    ORDER BY min(CAST(f.id AS varchar)) LIMIT {{limit}}
"""


class JoinedRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def join(self, shipment_id: UUID, leader_id: UUID) -> None:
        await self._session.execute(_JOIN, {"id": shipment_id, "leader_id": leader_id})

    async def take_apart(self, shipment_id: UUID) -> None:
        """It travels with none, and none with it."""
        await self._session.execute(_APART, {"id": shipment_id})

    async def ways(self, fulfilment_ids: Sequence[UUID]) -> Sequence[RowMapping]:
        """Whence, whither and for whom fulfilments are sent, in order of their orders."""
        found = await self._session.execute(text(_WAY), {"ids": list(fulfilment_ids)})
        return found.mappings().all()

    async def alike(self, warehouse_id: UUID, *, hours: int, limit: int) -> Sequence[RowMapping]:
        """What could travel together of a warehouse, who waits longest first."""
        statement = text(_ALIKE.format(limit=int(limit))).columns(address=JSONB, fulfilments=JSONB)
        values = {"warehouse_id": warehouse_id, "hours": hours}
        return (await self._session.execute(statement, values)).mappings().all()
