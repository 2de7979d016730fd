"""Bargains: as staff keep them, as members start and as others cut them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.base import MAX_INT32, Code, Currency, Id, Input, MinorUnits, Output, Version
from app.services.pricing import BargainTerms

MAX_CUTS = 100
MAX_HOURS = 24 * 31
Pieces = Annotated[int, Field(ge=1, le=MAX_INT32, description="Pieces.")]


class BargainActivityPut(Input):
    """What may change: `cuts` others bring a piece from `start_minor` to `floor_minor`."""

    start_minor: Annotated[MinorUnits, Field(description="The list price it is compared with.")]
    floor_minor: Annotated[MinorUnits, Field(description="What the finished bargain costs.")]
    cuts: Annotated[int, Field(ge=1, le=MAX_CUTS)]
    lives_hours: Annotated[
        int, Field(ge=1, le=MAX_HOURS, description="How long one is good, ordering it included.")
    ] = 24
    helps_per_day: Annotated[
        int, Field(ge=1, le=MAX_INT32, description="Bargains of it one may help with in a day.")
    ] = 3
    quota: Pieces | None = Field(default=None, description="Null: as long as stock lasts.")
    tiers: Annotated[
        list[Code], Field(max_length=20, description="Member tiers; empty: every member.")
    ] = []
    starts_at: datetime | None = None
    ends_at: datetime | None = Field(default=None, description="The first instant without it.")
    blocks_promotions: bool = Field(default=True, description="No promotion touches the price.")
    is_active: bool = Field(default=True, description="False stops started ones as well.")

    def terms(self) -> BargainTerms:
        values = {name: getattr(self, name) for name in BargainActivityPut.model_fields}
        return BargainTerms(**values | {"tiers": tuple(self.tiers)})


class BargainActivityIn(BargainActivityPut):
    sku_id: Id
    channel_id: Id


class BargainActivityOut(Output):
    """`sold` counts the pieces of unpaid orders too."""

    id: UUID
    sku_id: UUID
    channel_id: UUID
    currency: Currency
    start_minor: MinorUnits
    floor_minor: MinorUnits
    cuts: int
    lives_hours: int
    helps_per_day: int
    quota: int | None
    tiers: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    blocks_promotions: bool
    is_active: bool
    sold: int
    version: Version
    created_at: datetime
    updated_at: datetime


class StartedBargainOut(Output):
    """A member's bargain, as staff see it; `order_id` is the order that took it."""

    id: UUID
    activity_id: UUID
    member_id: UUID
    start_minor: MinorUnits
    floor_minor: MinorUnits
    cuts: int
    cuts_made: int
    cut_minor: MinorUnits
    expires_at: datetime
    finished_at: datetime | None
    order_id: UUID | None
    created_at: datetime


class BargainGoodOut(Output):
    """What may be bargained for now. `available` pieces can be had, by stock and by quota.

    `tiers` names the member tiers that may start one, empty for all.
    """

    id: UUID
    sku_id: UUID
    sku_code: str
    slug: str
    name: str
    options: dict[str, Any]
    image_url: str | None
    currency: Currency
    list_minor: MinorUnits
    start_minor: MinorUnits
    floor_minor: MinorUnits
    cuts: int
    lives_hours: int
    helps_per_day: int
    tiers: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    available: int


class StartedOut(Output):
    """`is_new` is false for who had one open already. Its page is `/bargains/started/{id}`."""

    id: UUID
    is_new: bool


class CutOut(Output):
    position: int
    amount_minor: MinorUnits
    created_at: datetime


class BargainOut(Output):
    """A bargain as everybody sees it: `price_minor` is the price now, after the cuts `made`.

    Once it is `finished`, its owner puts it into a cart as a line with this `id` as `bargain_id`.
    """

    id: UUID
    activity_id: UUID
    sku_id: UUID
    currency: Currency
    state: Literal["open", "finished", "ordered", "expired", "stopped"]
    start_minor: MinorUnits
    floor_minor: MinorUnits
    price_minor: MinorUnits
    cuts: int
    cuts_made: int
    expires_at: datetime
    finished_at: datetime | None
    made: list[CutOut]


class MadeCutOut(Output):
    """What you cut off; `is_new` is false for who had helped before."""

    amount_minor: MinorUnits
    is_new: bool
    bargain: BargainOut
