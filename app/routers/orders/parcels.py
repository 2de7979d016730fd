"""What the routers of warehouses and merchants share about parcels."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from app.core.enums.shipping import ShipmentState
from app.core.errors import NotFound
from app.services import orders, system

LEAVING = (
    orders.IllegalTransition,
    orders.shipping.OrderHeld,
    orders.shipping.OrderNotPaid,
    orders.shipping.TravelsWithAnother,
)
"""Why an order must not leave."""

CARRYING = (
    orders.shipping.TrackingNumberTaken,
    orders.shipping.UnknownCarrier,
    orders.shipping.UnknownService,
    orders.shipping.TravelsWithAnother,
)
"""Why a carrier cannot have it."""

PACKING = (*dict.fromkeys((*LEAVING, orders.shipping.PiecesNotOpen, *CARRYING)),)
"""Why no parcel is made."""


PICK_UP = (
    NotFound,
    system.TooManyRequests,
    orders.carriers.NothingToFetch,
    orders.carriers.WrongPickupPoint,
    orders.carriers.PickupCodeWrong,
    orders.carriers.PickupCodeExpired,
    orders.shipping.IllegalShipmentTransition,
)
"""Why a parcel is not handed out."""


async def wanted_shipments(
    state: ShipmentState | None = None,
    order_id: UUID | None = None,
    merchant_id: UUID | None = None,
    tracking_number: Annotated[str | None, Query(max_length=64)] = None,
) -> orders.shipping.ShipmentFilter:
    return orders.shipping.ShipmentFilter(
        state=state, order_id=order_id, merchant_id=merchant_id, tracking_number=tracking_number
    )


ShipmentFilterDep = Annotated[orders.shipping.ShipmentFilter, Depends(wanted_shipments)]
