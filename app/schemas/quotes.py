"""The quote: one shape for every answer that names a price.

The engine's `Quote.to_dict()` is sent as it is; these shapes describe it.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.base import BasisPoints, Currency, MinorUnits, Output, SignedMinorUnits

LineId = Annotated[str, Field(description="As the cart or the request names the line.")]


class UnitDiscountOut(Output):
    promotion_id: UUID
    amount_minor: MinorUnits


class UnitGroupOut(Output):
    """Consecutive units of a line that are alike; amounts are those of ONE unit."""

    count: int
    list_minor: MinorUnits
    price_minor: MinorUnits = Field(description="Before promotions.")
    price_kind: str = Field(
        description="`list`, `quantity`, `channel`, `member_tier`, `flash`, `b2b`,"
        " `group_buy`, `exchange`, `bargain`, `agreed`; more may come."
    )
    is_blocked: bool = Field(description="The price takes part in no promotion.")
    discounts: list[UnitDiscountOut]
    net_minor: MinorUnits
    tax_minor: MinorUnits


class ConsideredPriceOut(Output):
    """A price pieces of a line could have; amounts are of ONE unit."""

    price_list_id: UUID | None
    kind: str = Field(description="As `price_kind` of units.")
    price_minor: MinorUnits
    min_quantity: int = Field(description="From so many pieces of the SKU on, over all lines.")
    quantity: int = Field(description="Pieces of the line that got it.")
    reason: str = Field(
        description="`APPLIED`, or why to no piece: `NOT_LOWEST`, `MIN_QUANTITY`, `SOLD_OUT`,"
        " `NOT_OPEN`; more may come."
    )
    missing_quantity: int = Field(description="Pieces more of the SKU that would open it.")


class LineQuoteOut(Output):
    """A line; `list_minor` is that of one unit, the other amounts are of the whole line."""

    line_id: LineId
    sku_id: UUID
    quantity: int
    list_minor: MinorUnits
    goods_minor: MinorUnits = Field(description="After the price stage, before promotions.")
    discount_minor: MinorUnits
    net_minor: MinorUnits
    tax_minor: MinorUnits
    tax_rate_bps: BasisPoints
    units: list[UnitGroupOut]
    prices: list[ConsideredPriceOut] = Field(
        description="What its pieces could cost and why they cost what they do, lowest first. Empty"
        " where the list price is the only one."
    )


class AppliedOut(Output):
    """A promotion or coupon that took effect: on goods, on the fee, or by a gift.

    `amount_minor` of a gift is 0; `by_line` of what is not taken off goods is empty.
    """

    promotion_id: UUID
    coupon_id: UUID | None
    code: str | None
    name: str
    stage: str
    amount_minor: MinorUnits
    capped_minor: MinorUnits = Field(description="What price floors kept it from taking.")
    by_line: dict[str, MinorUnits]


class RejectedOut(Output):
    """A promotion that was looked at and not applied, with its one reason.

    `detail` holds the numbers behind it, such as `missing_minor` or `best_with_minor`.
    """

    promotion_id: UUID
    coupon_id: UUID | None
    code: str | None
    name: str
    stage: str
    reason: str = Field(
        description="`NOT_ACTIVE`, `CHANNEL`, `CODE_REQUIRED`, `IDENTITY_REQUIRED`, "
        "`CUSTOMER_NOT_ELIGIBLE`, `PAYMENT_KIND`, `EXHAUSTED`, `BUDGET`, `NO_MATCHING_ITEMS`, "
        "`THRESHOLD_NOT_MET`, `GIFT_OUT_OF_STOCK`, `ZERO_EFFECT`, `EXCLUDED`, "
        "`DOMINATED`; more may come."
    )
    detail: dict[str, int | str]


class NextTierOut(Output):
    """Buy so much more to save so much more."""

    promotion_id: UUID
    name: str
    missing_minor: MinorUnits | None
    missing_quantity: int | None
    gain_minor: SignedMinorUnits = Field(description="Net of what would be given up for it.")
    gift_minor: MinorUnits = Field(description="List value of the goods that would be given.")


class GiftOut(Output):
    """Goods a promotion gives for nothing; an order has a line of its own for them."""

    promotion_id: UUID
    sku_id: UUID
    quantity: int
    list_minor: MinorUnits = Field(description="What ONE piece costs otherwise.")


class TotalsOut(Output):
    """`goods = list - price_saving`, `net = goods - discount`, `payable = net + shipping`.

    `tax_minor` is contained in the payable where prices include tax and added where not.
    """

    list_minor: MinorUnits
    price_saving_minor: SignedMinorUnits
    goods_minor: MinorUnits
    discount_minor: MinorUnits
    shipping_minor: MinorUnits = Field(description="What is left of the fee after discounts.")
    shipping_discount_minor: MinorUnits
    tax_minor: MinorUnits
    net_minor: MinorUnits
    payable_minor: MinorUnits


class QuoteOut(Output):
    """What goods cost and why. Promotions are in order of stage and rank.

    An across-unit promotion forms as many groups as it can and the price stage is not optimised;
    among sets of promotions the best is chosen, or, where `optimality` is `bounded`, one within
    `gap_minor` of it.
    """

    currency: Currency
    objective: Literal["customer_best", "priority"]
    optimality: Literal["exact", "bounded"]
    gap_minor: MinorUnits
    evaluations: int = Field(description="Sets of promotions that were tried.")
    engine_version: str
    rules_hash: str = Field(description="The rules in play; equal for equal rules.")
    lines: list[LineQuoteOut]
    shipping_minor: MinorUnits
    shipping_tax_minor: MinorUnits
    totals: TotalsOut
    applied: list[AppliedOut]
    gifts: list[GiftOut]
    rejected: list[RejectedOut]
    next_tiers: list[NextTierOut]
    quote_hash: str = Field(description="Covers everything that decides money, nothing else.")
