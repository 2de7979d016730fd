"""Goods to be had for points: as staff offer them and as shoppers see them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.schemas.base import MAX_INT32, Code, Currency, Id, Input, MinorUnits, Output, Version
from app.services.pricing import ExchangeTerms

MAX_POINTS = 10**9
Points = Annotated[int, Field(ge=1, le=MAX_POINTS, description="Points of one piece.")]
Pieces = Annotated[int, Field(ge=1, le=MAX_INT32, description="Pieces.")]


class ExchangeOfferPut(Input):
    """What may change about an offer: one piece costs `points` and `cash_minor` beside them."""

    points: Points
    cash_minor: MinorUnits = 0
    quota: Pieces | None = Field(default=None, description="Null: as long as stock lasts.")
    per_member: Pieces | None = Field(default=None, description="Null: no limit.")
    tiers: Annotated[
        list[Code], Field(max_length=20, description="Member tiers; empty: every member.")
    ] = []
    starts_at: datetime | None = None
    ends_at: datetime | None = Field(default=None, description="The first instant without it.")
    is_active: bool = True

    def terms(self) -> ExchangeTerms:
        return ExchangeTerms(
            points=self.points,
            cash_minor=self.cash_minor,
            quota=self.quota,
            per_member=self.per_member,
            tiers=tuple(self.tiers),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            is_active=self.is_active,
        )


class ExchangeOfferIn(ExchangeOfferPut):
    sku_id: Id
    channel_id: Id | None = Field(default=None, description="Null: every channel.")
    currency: Currency


class ExchangeOfferOut(Output):
    """`sold` counts the pieces of unpaid orders too."""

    id: UUID
    sku_id: UUID
    channel_id: UUID | None
    currency: str
    points: int
    cash_minor: MinorUnits
    quota: int | None
    per_member: int | None
    tiers: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    is_active: bool
    sold: int
    version: Version
    created_at: datetime
    updated_at: datetime


class ExchangeGoodOut(Output):
    """Put it into a cart as a line with this offer's `id` as `exchange_offer_id`.

    `available` pieces can be had now, by stock and by what is left of the offer. `tiers` names
    the member tiers it is for, empty for all.
    """

    id: UUID
    sku_id: UUID
    sku_code: str
    slug: str
    name: str
    options: dict[str, Any]
    image_url: str | None
    currency: Currency
    points: int
    cash_minor: MinorUnits
    list_minor: MinorUnits
    per_member: int | None
    tiers: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    available: int
