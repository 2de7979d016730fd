"""Shapes of reports on promotions and coupons."""

from datetime import date
from uuid import UUID

from pydantic import Field

from app.schemas.base import Currency, MinorUnits, Output, SignedMinorUnits


class AttributionOut(Output):
    """What a promotion did in the orders placed on a day.

    Uses that were given back are counted apart, so `orders` and `amount_minor` over all days are
    what a limited promotion's counters say.
    """

    day_on: date
    promotion_id: UUID
    code: str
    name: str
    currency: Currency
    orders: int
    amount_minor: MinorUnits = Field(description="What its uses took off.")
    goods_minor: MinorUnits = Field(description="Of that off goods, summed from their units.")
    shipping_minor: MinorUnits = Field(description="Of that off fees.")
    gift_minor: MinorUnits = Field(description="List value of what it gave, besides.")
    pieces: int = Field(description="Pieces it took something off.")
    net_minor: MinorUnits = Field(description="What was paid for those pieces.")
    released_orders: int = Field(description="Orders that gave their use back.")
    released_minor: MinorUnits
    difference_minor: SignedMinorUnits = Field(
        description="What uses say beyond units and fees; anything but 0 is an error of ours."
    )


class CouponUsageOut(Output):
    """What became of the coupons of a promotion that a batch gave, or that none did.

    An order with several coupons counts for each of them.
    """

    promotion_id: UUID
    code: str
    name: str
    currency: Currency
    batch_id: UUID | None = Field(description="Null: issued one by one.")
    batch: str | None
    issued: int = Field(description="Coupons, and codes nobody has turned into one.")
    claimed: int = Field(description="Coupons that belong to a member.")
    held: int = Field(description="In orders that are not paid yet.")
    used: int = Field(description="Paid with.")
    returned: int = Field(description="Times one came back from an order that was closed.")
    expired: int
    void: int
    gmv_minor: MinorUnits = Field(description="Payable of the orders paid with one.")
    discount_minor: MinorUnits
    roi_bps: int | None = Field(description="Payable per discount; null without discount.")
