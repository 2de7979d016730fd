"""Request and response shapes of flash sessions."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.pricing import FlashState, OfferState
from app.schemas.base import MAX_INT32, Code, Currency, Input, MinorUnits, Name, Output, Version
from app.services.pricing import FlashItem, FlashTerms, FlashView

Count = Annotated[int, Field(ge=1, le=MAX_INT32, description="Pieces; null: any number.")]


class FlashItemIn(Input):
    sku_id: UUID
    price_minor: MinorUnits
    quota: Count | None = Field(description="Pieces sold at the price in all.")
    per_member: Count | None = Field(default=None, description="Pieces sold to one member.")

    def item(self) -> FlashItem:
        return FlashItem(self.sku_id, self.price_minor, self.quota, self.per_member)


class FlashSessionPut(Input):
    """Everything that may change about a session; its offers are these and no others."""

    name: Name
    channel_id: UUID | None = Field(default=None, description="Null: every channel.")
    blocks_promotions: bool = Field(
        default=True, description="Pieces at the flash price take part in no promotion."
    )
    starts_at: datetime
    ends_at: datetime = Field(description="The first instant without it.")
    items: Annotated[list[FlashItemIn], Field(max_length=500)]

    @model_validator(mode="after")
    def _one_offer_per_sku(self) -> "FlashSessionPut":
        if len({each.sku_id for each in self.items}) != len(self.items):
            raise ValueError("a SKU is offered twice")
        return self

    def terms(self) -> FlashTerms:
        return FlashTerms(
            name=self.name,
            channel_id=self.channel_id,
            blocks_promotions=self.blocks_promotions,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )

    def offers(self) -> list[FlashItem]:
        return [each.item() for each in self.items]


class FlashSessionIn(FlashSessionPut):
    code: Code
    currency: Currency


class FlashSessionCardOut(Output):
    id: UUID
    code: str
    name: str
    state: FlashState
    currency: str
    channel_id: UUID | None
    blocks_promotions: bool
    starts_at: datetime
    ends_at: datetime
    sku_count: int
    quota: int = Field(description="Pieces offered in all, where a quota is set.")
    sold: int = Field(description="Pieces sold, unpaid ones included.")
    version: Version
    created_at: datetime
    updated_at: datetime


class FlashItemOut(Output):
    sku_id: UUID
    sku_code: str
    name: str
    price_minor: MinorUnits
    quota: int | None
    per_member: int | None
    sold: int = Field(description="Pieces sold, unpaid ones included.")
    held: int = Field(description="Of those, pieces not paid for yet.")


class FlashSessionOut(FlashSessionCardOut):
    items: list[FlashItemOut]

    @classmethod
    def of(cls, view: FlashView) -> "FlashSessionOut":
        shown: dict[str, Any] = dict(view.session._mapping)  # noqa: SLF001 - names the columns
        return cls.model_validate(
            shown | {"items": [FlashItemOut.model_validate(each) for each in view.items]}
        )


class FlashOfferOut(Output):
    sku_id: UUID
    sku_code: str
    spu_id: UUID
    slug: str
    name: str
    options: dict[str, str]
    price_minor: MinorUnits
    list_minor: MinorUnits | None
    per_member: int | None = Field(description="Pieces one member may have; null: any number.")
    sold_percent: int | None = Field(description="Of the quota, 0 to 100; null without one.")
    state: OfferState


class ShownFlashSessionOut(Output):
    """A session with the seconds to its start and end, by the server's clock."""

    id: UUID
    code: str
    name: str
    state: FlashState
    currency: str
    starts_at: datetime
    ends_at: datetime
    starts_in_seconds: int
    ends_in_seconds: int
    item_count: int
    items: list[FlashOfferOut] = Field(description="The first 50 by SKU code.")


class ShownFlashSessionsOut(Output):
    items: list[ShownFlashSessionOut]
