"""Points to fetch goods from, and slots of time."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.contacts import phone_of
from app.core.enums.delivery import DeliveryMethod
from app.core.regions import with_region
from app.schemas.base import Code, Input, Name, Output, SafeStr, Version
from app.schemas.delivery.templates import Weekday

Hour = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])]
Appointed = Literal[DeliveryMethod.PICKUP, DeliveryMethod.SAME_CITY]
Places = Annotated[int, Field(ge=0, le=100_000, description="Orders that may choose it.")]


class HoursIn(Input):
    """Open from one time to another on these days."""

    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    opens: Hour
    closes: Hour

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("it opens before it closes")
        return self


class PickupPointPut(Input):
    """Everything that may change. In China the region must exist, and its code is found."""

    name: Name
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
    province: Name
    city: Name
    district: Name | None = None
    street: Annotated[SafeStr, Field(min_length=1, max_length=500)]
    region_code: Annotated[SafeStr, Field(max_length=16)] | None = None
    phone: Annotated[SafeStr, Field(min_length=3, max_length=32)]
    hours: Annotated[list[HoursIn], Field(min_length=1, max_length=50)]
    is_active: bool = True

    def values(self) -> dict[str, Any]:
        """Raises `UnknownRegion` and `InvalidContact`."""
        said = with_region(self.model_dump(mode="json"))
        return said | {"phone": phone_of(self.phone, self.country)}


class PickupPointIn(PickupPointPut):
    code: Code
    merchant_id: UUID


class HoursOut(Output):
    """Open from one time to another, `HH:MM` each, on these days."""

    days: list[Weekday]
    opens: str
    closes: str


class OpenPointOut(Output):
    """A point as shoppers choose it."""

    id: UUID
    code: str
    name: str
    country: str
    province: str
    city: str
    district: str | None
    street: str
    region_code: str | None
    phone: str
    hours: list[HoursOut]


class OpenPointsOut(Output):
    items: list[OpenPointOut]


class PickupPointOut(OpenPointOut):
    merchant_id: UUID
    is_active: bool
    version: Version
    created_at: datetime
    updated_at: datetime


class SlotPut(Input):
    """Everything that may change of a slot."""

    starts_at: datetime
    ends_at: datetime
    orders_until: datetime = Field(description="Nobody can choose it from then on.")
    capacity: Places
    is_active: bool = True

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not (self.starts_at < self.ends_at and self.orders_until <= self.ends_at):
            raise ValueError("it starts before it ends, and is chosen before that")
        return self

    def values(self) -> dict[str, Any]:
        return self.model_dump()


class SlotIn(SlotPut):
    merchant_id: UUID
    method: Appointed


class OpenSlotOut(Output):
    """A slot as shoppers choose it."""

    id: UUID
    method: DeliveryMethod
    starts_at: datetime
    ends_at: datetime
    orders_until: datetime


class OpenSlotsOut(Output):
    items: list[OpenSlotOut]


class SlotOut(OpenSlotOut):
    """`taken` are orders that stand."""

    merchant_id: UUID
    capacity: int
    taken: int
    is_active: bool
    version: Version
    created_at: datetime
    updated_at: datetime
