"""Places in slots: taken by orders, given back when they fall through."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.delivery import DeliveryMethod
from app.models.delivery import DeliverySlot, PickupPoint
from app.repositories.delivery import SlotRepository
from app.services.delivery.errors import SlotTaken

SHOWN = 200
"""As many slots or points are shown at once."""


async def take_slot(session: AsyncSession, slot_id: UUID, order_id: UUID) -> None:
    """Take a place for an order. Everybody who wants the slot waits for its row: call it late.

    Raises `SlotTaken`; the transaction must then end.
    """
    if not await SlotRepository(session).take(slot_id, order_id):
        raise SlotTaken("Choose another time", slot_id=str(slot_id))


async def move_slot(session: AsyncSession, slot_id: UUID | None, order_id: UUID) -> None:
    """Another place for an order instead of the one it has, or none any more. Call it late.

    Raises `SlotTaken`, with nothing changed.
    """
    if slot_id is None:
        await SlotRepository(session).release(order_id)
    elif not await SlotRepository(session).move(slot_id, order_id):
        raise SlotTaken("Choose another time", slot_id=str(slot_id))


async def release_slot(session: AsyncSession, order_id: UUID) -> None:
    """The place of an order that falls, if it has one; again changes nothing.

    Slots come before stock in the order of locks.
    """
    await SlotRepository(session).release(order_id)


async def open_slots(
    session: AsyncSession, merchant_id: UUID, method: DeliveryMethod
) -> Sequence[DeliverySlot]:
    """What can be chosen now, earliest first."""
    return await SlotRepository(session).open(merchant_id, method, limit=SHOWN)


async def open_points(
    session: AsyncSession, merchant_id: UUID, region: str | None
) -> Sequence[PickupPoint]:
    """Open points of a merchant, in regions whose code begins with `region`."""
    return await SlotRepository(session).points(merchant_id, region, limit=SHOWN)
