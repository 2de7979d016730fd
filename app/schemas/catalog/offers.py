"""What one piece costs now, as lists and pages show it."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.enums.pricing import PriceListKind
from app.schemas.base import MinorUnits, Output


class OfferPromotionOut(Output):
    """A promotion that one piece gets. `label` is `-10%`, `-20.00` or, for presents, `+1`."""

    promotion_id: UUID
    name: str
    label: str = Field(description="Fit for a badge, the same in every language.")
    amount_minor: MinorUnits
    ends_at: datetime | None


class OfferGiftOut(Output):
    promotion_id: UUID
    sku_id: UUID
    quantity: int
    list_minor: MinorUnits


class OfferStepOut(Output):
    """What more of the same would bring: `gain_minor` off, or goods worth `gift_minor`."""

    promotion_id: UUID
    name: str
    missing_minor: MinorUnits | None
    missing_quantity: int | None
    gain_minor: MinorUnits
    gift_minor: MinorUnits


class PieceOut(Output):
    """What one piece costs the caller in a cart of its own, delivery apart.

    `before_minor` is the lowest price open to the caller, `price_minor` what promotions without a
    coupon make of it.
    """

    sku_id: UUID
    list_price_minor: MinorUnits
    before_minor: MinorUnits
    price_minor: MinorUnits
    price_kind: PriceListKind
    price_ends_at: datetime | None
    applied: list[OfferPromotionOut]
    gifts: list[OfferGiftOut]


class CardOfferOut(PieceOut):
    """The offer of the SKU with the lowest `price_minor`, of equal ones the oldest."""

    next_tier: OfferStepOut | None = Field(
        description="The step that costs least to reach by more pieces of this SKU."
    )


class SkuOfferOut(PieceOut):
    next_tiers: list[OfferStepOut]
