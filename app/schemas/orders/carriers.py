"""Carriers, as staff keep them and merchants choose them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.enums.carriers import CarrierKind, LabelState
from app.schemas.base import Code, Currency, Input, MinorUnits, Name, Output, Version
from app.services import orders

Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{2,30}$")]
TrackingUrl = Annotated[
    str,
    Field(
        max_length=500,
        pattern=r"^https://[^\s{}]*\{number\}[^\s{}]*$",
        description="Where shoppers follow a parcel; `{number}` becomes its number.",
        examples=["https://www.example.com/track?no={number}"],
    ),
]


class CarrierPut(Input):
    """`services` are what parcels may name, anything where it is empty."""

    name: Name
    name_zh: Name
    services: Annotated[list[Code], Field(max_length=50)] = []
    phone: Phone | None = None
    tracking_url: TrackingUrl | None = None
    tracking_code: Annotated[
        Code | None,
        Field(description="What Kuaidi100 calls it, e.g. `shunfeng`.", examples=["shunfeng"]),
    ] = None
    adapter: Annotated[
        Code | None,
        Field(description="The system of the settings that makes its labels; null: people do."),
    ] = None
    is_active: bool = Field(
        default=True, description="Whether new parcels may name it. Those under way go on."
    )

    def terms(self) -> orders.carriers.CarrierTerms:
        return orders.carriers.CarrierTerms(
            **{name: getattr(self, name) for name in CarrierPut.model_fields}
        )


class CarrierIn(CarrierPut):
    """Its code and whose it is never change."""

    code: Code
    merchant_id: Annotated[UUID | None, Field(description="Only this merchant ships with it.")] = (
        None
    )


class CarrierOut(Output):
    id: UUID
    code: str
    name: str
    name_zh: str
    merchant_id: UUID | None
    services: list[str]
    phone: str | None
    tracking_url: str | None
    tracking_code: str | None
    kind: CarrierKind
    adapter: str | None
    is_active: bool
    version: Version
    created_at: datetime
    updated_at: datetime


class OwnCarrierOut(Output):
    """A carrier parcels of yours may name."""

    code: str
    name: str
    name_zh: str
    services: list[str]
    phone: str | None
    tracking_url: str | None


class OwnCarriersOut(Output):
    items: list[OwnCarrierOut]


class LabelOut(Output):
    """A label of a parcel. `url` or the label's document is what is printed.

    `quoted_minor` is what the carrier means to charge, in `currency`.
    """

    id: UUID
    shipment_id: UUID
    request_number: str
    adapter: str
    state: LabelState
    tracking_number: str | None
    url: str | None
    has_content: bool
    quoted_minor: MinorUnits | None
    currency: Currency | None
    reason: str | None
    tries: int
    created_at: datetime
    settled_at: datetime | None


class LabelsOut(Output):
    items: list[LabelOut]


class RatesIn(Input):
    weight_grams: Annotated[int, Field(ge=1, le=10_000_000)]


class RateOut(Output):
    carrier_code: str
    service: str
    cost_minor: MinorUnits
    currency: Currency
    estimated_at: datetime | None


class RatesOut(Output):
    """Cheapest first. `silent` are carriers that gave no answer."""

    items: list[RateOut]
    silent: list[str]


class Kuaidi100Out(Output):
    """What Kuaidi100 wants to read when a push was taken."""

    result: bool
    returnCode: str  # noqa: N815 - theirs
    message: str
