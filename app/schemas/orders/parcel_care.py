"""What is wrong with parcels, turning them back, and codes they are fetched with."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.enums.carriers import InterceptState, ParcelTrouble
from app.core.enums.shipping import ShipmentState
from app.schemas.base import Input, Output, SafeStr


class ParcelExceptionOut(Output):
    """Something people have to see to. It is open until `resolved_at`."""

    id: UUID
    shipment_id: UUID
    shipment_number: str
    order_id: UUID
    merchant_id: UUID
    carrier_code: str
    tracking_number: str | None
    shipment_state: ShipmentState
    estimated_at: datetime | None
    kind: ParcelTrouble
    note: str | None
    created_at: datetime
    resolved_by: str | None
    resolved_at: datetime | None


class ResolveIn(Input):
    note: Annotated[SafeStr, Field(min_length=1, max_length=500)]


class InterceptIn(Input):
    reason: Annotated[SafeStr, Field(min_length=1, max_length=200)]


class InterceptOut(Output):
    """A carrier was asked to turn a parcel back. Where the parcel is, its tracking says."""

    id: UUID
    shipment_id: UUID
    request_number: str
    adapter: str
    state: InterceptState
    reason: str
    answer: str | None
    asked_by: str
    created_at: datetime
    settled_at: datetime | None


class PickUpIn(Input):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
    pickup_point_id: UUID | None = Field(
        default=None, description="Where you are: parcels of other points are refused there."
    )


class PickupCodeOut(Output):
    """What to say where the parcel is fetched; null when it was used or has expired."""

    shipment_number: str
    code: str | None
    expires_at: datetime
    used_at: datetime | None
