"""Codes parcels are fetched with. Callers hold the order's row."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

_REPLACE = text("""
    UPDATE pickup_codes SET replaced_at = now()
    WHERE shipment_id = :shipment_id AND replaced_at IS NULL AND used_at IS NULL
""")
_ADD = text("""
    INSERT INTO pickup_codes (id, shipment_id, member_id, digest, expires_at, told_at)
    SELECT CAST(:id AS uuid), s.id, s.member_id, :digest,
        now() + make_interval(secs => CAST(:seconds AS float)),
        CASE WHEN :is_seen THEN now() END
    FROM shipments s WHERE s.id = :shipment_id RETURNING *
""")
_CURRENT = text("""
    SELECT *, expires_at <= now() AS is_expired FROM pickup_codes
    WHERE shipment_id = :shipment_id AND replaced_at IS NULL
""")
_USE = text("UPDATE pickup_codes SET used_at = now(), used_by = :actor WHERE id = :id")
_UNCODED = """
    SELECT s.id, s.order_id FROM shipments s JOIN orders o ON o.id = s.order_id
    WHERE s.state = 'awaiting_pickup' AND o.delivery->>'kind' = 'pickup'
      AND NOT EXISTS (SELECT FROM pickup_codes p WHERE p.shipment_id = s.id)
    ORDER BY s.id LIMIT {limit}
"""
# Claimed before they are sent, so two workers do not send one twice.
_UNTOLD = """
    WITH chosen AS (
        SELECT p.id FROM pickup_codes p
        WHERE p.told_at IS NULL AND p.replaced_at IS NULL AND p.used_at IS NULL
          AND p.expires_at > now()
        ORDER BY p.id LIMIT {limit} FOR UPDATE SKIP LOCKED),
    claimed AS (
        UPDATE pickup_codes p SET told_at = now() FROM chosen c WHERE p.id = c.id
        RETURNING p.id, p.shipment_id, p.expires_at)
    SELECT k.id, k.expires_at, s.number, o.delivery->'point'->>'name' AS point,
        coalesce(m.phone, m.email, o.address->>'phone') AS destination
    FROM claimed k JOIN shipments s ON s.id = k.shipment_id JOIN orders o ON o.id = s.order_id
    JOIN members m ON m.id = o.member_id
"""
_NOT_TOLD = text("UPDATE pickup_codes SET told_at = NULL WHERE id = :id")
_POINT = text("""
    SELECT o.delivery->>'pickup_point_id' FROM shipments s JOIN orders o ON o.id = s.order_id
    WHERE s.id = :shipment_id
""")
_WAITING = text("""
    SELECT s.id, s.number, s.order_id, s.member_id, s.state,
        o.delivery->>'kind' = 'pickup' AS is_fetched
    FROM shipments s JOIN orders o ON o.id = s.order_id
    WHERE s.order_id = :order_id AND s.number = :number
""")


class PickupCodeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def replace(self, shipment_id: UUID, values: dict[str, Any]) -> RowMapping:
        """A new code; the one before is worth nothing any more."""
        await self._session.execute(_REPLACE, {"shipment_id": shipment_id})
        found = await self._session.execute(_ADD, {**values, "shipment_id": shipment_id})
        return found.mappings().one()

    async def current(self, shipment_id: UUID) -> RowMapping | None:
        found = await self._session.execute(_CURRENT, {"shipment_id": shipment_id})
        return found.mappings().first()

    async def use(self, code_id: UUID, *, actor: str) -> None:
        await self._session.execute(_USE, {"id": code_id, "actor": actor})

    async def untold(self, limit: int) -> Sequence[RowMapping]:
        """Claim codes their buyers were not told of yet."""
        found = await self._session.execute(text(_UNTOLD.format(limit=int(limit))))
        return found.mappings().all()

    async def not_told(self, code_id: UUID) -> None:
        """It could not be sent: somebody tries again."""
        await self._session.execute(_NOT_TOLD, {"id": code_id})

    async def point_of(self, shipment_id: UUID) -> str | None:
        """The id of the point a parcel is fetched from."""
        found: str | None = await self._session.scalar(_POINT, {"shipment_id": shipment_id})
        return found

    async def uncoded(self, limit: int) -> Sequence[RowMapping]:
        """Parcels that lie at a pickup point and have no code yet."""
        found = await self._session.execute(text(_UNCODED.format(limit=int(limit))))
        return found.mappings().all()

    async def parcel(self, order_id: UUID, number: str) -> RowMapping | None:
        values = {"order_id": order_id, "number": number}
        return (await self._session.execute(_WAITING, values)).mappings().first()
