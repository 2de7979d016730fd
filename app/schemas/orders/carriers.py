"""Carriers, as staff keep them and merchants choose them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas.base import Code, Input, Name, Output, Version
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
