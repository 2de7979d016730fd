"""What shoppers choose from: points to fetch goods from, and slots of time."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.core.enums.delivery import DeliveryMethod
from app.routers.declared import Router
from app.routers.deps import ReaderDep
from app.schemas.delivery.appointments import (
    Appointed,
    OpenPointOut,
    OpenPointsOut,
    OpenSlotOut,
    OpenSlotsOut,
)
from app.services import delivery

router = Router(tags=["delivery"])

Prefix = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{2,6}$", description="Leading digits of region codes.", examples=["31"]),
]


@router.get("/pickup-points")
async def list_pickup_points(
    session: ReaderDep, merchant_id: UUID, region: Prefix = None
) -> OpenPointsOut:
    """Where a merchant's goods can be fetched, up to 200."""
    rows = await delivery.open_points(session, merchant_id, region)
    return OpenPointsOut(items=[OpenPointOut.model_validate(row) for row in rows])


@router.get("/delivery-slots")
async def list_delivery_slots(
    session: ReaderDep, merchant_id: UUID, method: Appointed = DeliveryMethod.SAME_CITY
) -> OpenSlotsOut:
    """Slots of a merchant that can still be chosen, earliest first, up to 200."""
    rows = await delivery.open_slots(session, merchant_id, method)
    return OpenSlotsOut(items=[OpenSlotOut.model_validate(row) for row in rows])
