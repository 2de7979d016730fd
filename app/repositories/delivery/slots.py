"""Places in slots, and what shoppers may choose from."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.delivery import DeliveryMethod
from app.models.delivery import DeliverySlot, PickupPoint

_TAKE = text("""
WITH taken AS (
    UPDATE delivery_slots SET taken = taken + 1
     WHERE id = :slot_id AND is_active AND taken < capacity AND now() < orders_until
    RETURNING id)
INSERT INTO delivery_slot_uses (order_id, slot_id) SELECT :order_id, id FROM taken
RETURNING slot_id
""")

# Two orders that change places would wait for each other otherwise.
_LOCK = text("""
    SELECT id FROM delivery_slots
    WHERE id = :slot_id OR id IN (SELECT slot_id FROM delivery_slot_uses
                                  WHERE order_id = :order_id AND released_at IS NULL)
    ORDER BY id FOR NO KEY UPDATE
""")
_RETAKE = text("""
WITH taken AS (
    UPDATE delivery_slots SET taken = taken + 1
     WHERE id = :slot_id AND is_active AND taken < capacity AND now() < orders_until
    RETURNING id),
left_slot AS (
    UPDATE delivery_slots s SET taken = taken - 1
      FROM taken t, delivery_slot_uses u
     WHERE u.order_id = :order_id AND u.released_at IS NULL AND s.id = u.slot_id)
INSERT INTO delivery_slot_uses (order_id, slot_id) SELECT :order_id, id FROM taken
ON CONFLICT (order_id) DO UPDATE SET slot_id = excluded.slot_id, created_at = now(),
    released_at = NULL
RETURNING slot_id
""")

_RELEASE = text("""
WITH freed AS (
    UPDATE delivery_slot_uses SET released_at = now()
     WHERE order_id = :order_id AND released_at IS NULL
    RETURNING slot_id)
UPDATE delivery_slots s SET taken = taken - 1 FROM freed WHERE s.id = freed.slot_id
""")


class SlotRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def take(self, slot_id: UUID, order_id: UUID) -> bool:
        """Take a place for an order; False when it is full, closed or too late."""
        values = {"slot_id": slot_id, "order_id": order_id}
        return await self._session.scalar(_TAKE, values) is not None

    async def move(self, slot_id: UUID, order_id: UUID) -> bool:
        """Another place for an order, or its first; False when there is none: it keeps its own."""
        values = {"slot_id": slot_id, "order_id": order_id}
        await self._session.execute(_LOCK, values)
        return await self._session.scalar(_RETAKE, values) is not None

    async def release(self, order_id: UUID) -> None:
        """Give back the place of an order, if it has one; once."""
        await self._session.execute(_RELEASE, {"order_id": order_id})

    async def open(
        self, merchant_id: UUID, method: DeliveryMethod, *, limit: int
    ) -> Sequence[DeliverySlot]:
        """What can be chosen now, earliest first."""
        slot = DeliverySlot
        return (
            await self._session.scalars(
                select(slot)
                .where(slot.merchant_id == merchant_id, slot.method == method, slot.is_active)
                .where(slot.orders_until > func.now(), slot.taken < slot.capacity)
                .order_by(slot.starts_at, slot.id)
                .limit(limit)
            )
        ).all()

    async def points(
        self, merchant_id: UUID, region: str | None, *, limit: int
    ) -> Sequence[PickupPoint]:
        """Open points of a merchant in order of id, in regions whose code begins so."""
        point = PickupPoint
        statement = select(point).where(point.merchant_id == merchant_id, point.is_active)
        if region is not None:
            statement = statement.where(point.region_code.startswith(region, autoescape=True))
        return (await self._session.scalars(statement.order_by(point.id).limit(limit))).all()
