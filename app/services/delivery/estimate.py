"""What freight from a warehouse is about, while it is still to be chosen."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.delivery import DeliveryMethod
from app.repositories.delivery.offered import OfferedRepository
from app.services.delivery.engine import estimate
from app.services.delivery.judging import place_of
from app.services.delivery.offered import Offered, offered_of

Estimate = Callable[[UUID, UUID, int, int], tuple[int, int]]


def estimate_of(
    offered: Offered, wish: Mapping[str, Any], address: Mapping[str, Any]
) -> Estimate | None:
    """(merchant, warehouse, grams, cm³ of a piece) → minor units once a parcel, and by the piece.

    By the templates of the method wished for, whose thresholds of free shipping do not count:
    what a shopper does not pay costs the merchant all the same. None without templates.
    """
    kind = DeliveryMethod(wish["kind"])
    templates = {
        (each.merchant_id, each.warehouse_id): each
        for each in offered.templates
        if each.method is kind
    }
    if not templates:
        return None
    at_point = kind is DeliveryMethod.PICKUP and offered.point is not None
    place = offered.point.place if at_point and offered.point else place_of(address)

    def rate_of(merchant_id: UUID, warehouse_id: UUID, grams: int, volume: int) -> tuple[int, int]:
        found = templates.get((merchant_id, warehouse_id)) or templates.get((merchant_id, None))
        return (0, 0) if found is None else estimate(found, place, grams, volume)

    return rate_of


async def estimate_for(
    session: AsyncSession,
    merchant_id: UUID,
    currency: str,
    wish: Mapping[str, Any],
    address: Mapping[str, Any],
) -> Estimate | None:
    """The same for goods of an order that was placed, by the templates there are now."""
    templates = await OfferedRepository(session).templates(merchant_id, currency)
    return estimate_of(offered_of(templates, None, None), wish, address)
