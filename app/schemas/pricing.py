"""Request and response shapes of price lists and prices."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.pricing import PriceListKind
from app.schemas.base import MAX_INT32, Code, Currency, Input, MinorUnits, Name, Output, Version
from app.schemas.quotes import QuoteOut
from app.services.pricing import PriceListTerms, PriceRow

__all__ = [
    "PriceChangeOut",
    "PriceHistoryOut",
    "PriceIn",
    "PriceListIn",
    "PriceListOut",
    "PriceListPut",
    "PriceOut",
    "PricesChangedOut",
    "PricesIn",
    "QuoteOut",
]

Count = Annotated[int, Field(ge=1, le=MAX_INT32, description="Pieces.")]


class PriceListPut(Input):
    """Everything that may change about a price list."""

    name: Name
    channel_id: UUID | None = Field(default=None, description="Null: every channel.")
    tier: Code | None = Field(default=None, description="Member tier; for kind `member_tier` only.")
    blocks_promotions: bool = Field(
        default=False, description="Units sold at these prices take part in no promotion."
    )
    starts_at: datetime | None = None
    ends_at: datetime | None = Field(default=None, description="The first instant without it.")
    is_active: bool = True

    def terms(self) -> PriceListTerms:
        return PriceListTerms(
            name=self.name,
            channel_id=self.channel_id,
            tier=self.tier,
            blocks_promotions=self.blocks_promotions,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            is_active=self.is_active,
        )


class PriceListIn(PriceListPut):
    code: Code
    kind: PriceListKind
    currency: Currency


class PriceListOut(Output):
    id: UUID
    code: str
    name: str
    kind: PriceListKind
    currency: str
    channel_id: UUID | None
    tier: str | None
    blocks_promotions: bool
    starts_at: datetime | None
    ends_at: datetime | None
    is_active: bool
    version: Version
    created_at: datetime
    updated_at: datetime


class PriceIn(Input):
    sku_id: UUID
    price_minor: MinorUnits | None = Field(description="Null withdraws the price.")
    min_quantity: Count = Field(default=1, description="From so many pieces on.")
    quota: Count | None = Field(default=None, description="Pieces sold at it in all; null: any.")
    per_member: Count | None = Field(default=None, description="Pieces sold to one member.")

    def row(self) -> PriceRow:
        return PriceRow(
            self.sku_id, self.price_minor, self.min_quantity, self.quota, self.per_member
        )


class PricesIn(Input):
    prices: Annotated[list[PriceIn], Field(min_length=1, max_length=1_000)]


class PricesChangedOut(Output):
    changed: int = Field(description="Prices that are not what they were.")


class PriceChangeToComeOut(Output):
    takes_effect_at: datetime
    price_minor: MinorUnits | None = Field(description="Null: no price from then on.")


class PriceOut(Output):
    sku_id: UUID
    sku_code: str
    min_quantity: int
    price_minor: MinorUnits | None = Field(description="Now; null: not yet.")
    quota: int | None
    per_member: int | None
    sold: int = Field(description="Pieces sold at a price with a quota, unpaid ones included.")
    updated_at: datetime
    changes: list[PriceChangeToComeOut] = Field(description="Those to come, the next first.")


class PriceChangeOut(Output):
    id: UUID
    changed_at: datetime
    min_quantity: int
    currency: str
    old_minor: MinorUnits | None
    new_minor: MinorUnits | None = Field(description="Null: the price was withdrawn.")
    actor: str | None
    reason: str | None
    schedule_id: UUID | None = Field(description="The planned change it was part of.")


class PriceHistoryOut(Output):
    """Changes of the prices of a SKU on a list, newest first."""

    current_minor: MinorUnits | None
    lowest_minor: MinorUnits | None = Field(
        description="The lowest price of one piece in the last 30 days (directive 98/6/EC, 6a)."
    )
    since_at: datetime
    items: list[PriceChangeOut]
    next_after: str | None
