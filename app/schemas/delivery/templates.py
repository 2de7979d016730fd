"""Freight templates as staff write them."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.core.enums.delivery import DeliveryMethod, FreightBasis
from app.core.regions import find
from app.schemas.base import MAX_INT32, Code, Currency, Input, MinorUnits, Name, Output, Version

_DIGITS = 6


def _region(text: str) -> str:
    if text.isdigit() and (len(text) % 2 or find(text.ljust(_DIGITS, "0")) is None):
        raise ValueError("no region of that code: send 2, 4 or 6 digits, or a country")
    return text


Region = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{2,6}|[A-Z]{2})$",
        description="Leading digits of GB/T 2260 codes (`31`, `3101`, `310115`), or a country.",
        examples=["31"],
    ),
    AfterValidator(_region),
]
Units = Annotated[int, Field(ge=1, le=MAX_INT32, description="In units of the basis.")]
Days = Annotated[int, Field(ge=0, le=60)]
Weekday = Annotated[int, Field(ge=1, le=7, description="Monday is 1.")]


class ZoneIn(Input):
    """What it costs to send something to `regions`; the closest zone of a template is taken.

    The first `first_units` cost `first_minor`, each `step_units` begun after them `step_minor`.
    From `free_from_minor` of goods (at their prices before promotions) or `free_from_pieces` on
    that is free; `surcharge_minor` for remote places is charged always.
    """

    code: Code
    name: Name
    regions: Annotated[list[Region], Field(min_length=1, max_length=500)]
    is_served: bool = True
    first_units: Units = 1
    first_minor: MinorUnits = 0
    step_units: Units = 1
    step_minor: MinorUnits = 0
    surcharge_minor: MinorUnits = 0
    free_from_minor: Annotated[MinorUnits, Field(gt=0)] | None = None
    free_from_pieces: Units | None = None
    transit_days: Days = 0


class FreightTemplatePut(Input):
    """Everything that may change. Orders keep what they were placed with."""

    name: Name
    basis: FreightBasis = Field(description="Grams, cm³, pieces or minor units of goods.")
    zones: Annotated[list[ZoneIn], Field(min_length=1, max_length=100)]
    max_weight_grams: Units | None = Field(default=None, description="Of what travels together.")
    refused_category_ids: Annotated[list[UUID], Field(max_length=200)] = []
    cutoff_minute: Annotated[int, Field(ge=0, le=1_440)] = Field(
        default=1_440,
        description="Minutes after midnight in Beijing; later orders count for the next day.",
    )
    handling_days: Days = 0
    works_on: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = [1, 2, 3, 4, 5, 6, 7]
    is_active: bool = True

    @model_validator(mode="after")
    def _tells_zones_apart(self) -> Self:
        codes = [each.code for each in self.zones]
        regions = [region for each in self.zones for region in each.regions]
        for what, names in (("zone", codes), ("region", regions)):
            if len(set(names)) < len(names):
                raise ValueError(f"a {what} is named twice")
        return self

    def values(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class OwnFreightTemplateIn(FreightTemplatePut):
    """One active template a method, currency and warehouse of yours."""

    warehouse_id: UUID | None = Field(default=None, description="Null: of any warehouse.")
    method: DeliveryMethod
    currency: Currency


class FreightTemplateIn(OwnFreightTemplateIn):
    """One active template a merchant, method, currency and warehouse."""

    merchant_id: UUID


class FreightTemplateOut(Output):
    id: UUID
    merchant_id: UUID
    warehouse_id: UUID | None
    name: str
    method: DeliveryMethod
    basis: FreightBasis
    currency: Currency
    zones: list[dict[str, Any]]
    max_weight_grams: int | None
    refused_category_ids: list[UUID]
    cutoff_minute: int
    handling_days: int
    works_on: list[int]
    is_active: bool
    version: Version
    created_at: datetime
    updated_at: datetime
