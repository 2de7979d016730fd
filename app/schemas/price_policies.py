"""Request and response shapes of price policies and floors."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from app.core.enums.pricing import Objective, ShippingTax, TaxScope
from app.schemas.base import BasisPoints, Currency, Input, MinorUnits, Output
from app.services.pricing import FloorRow, PolicyTerms, PolicyView
from app.services.pricing.engine import MOST_STAGES

MarginBps = Annotated[int, Field(ge=0, le=9_999, description="2500 is 25 %.")]
Stage = Annotated[str, Field(min_length=1, max_length=32)]


class PricePolicyPut(Input):
    """Null leaves it to the policy of all channels, and there to what is built in."""

    max_discount_bps: BasisPoints | None = Field(
        default=None,
        description="The most all discounts on a piece take of its list price together.",
    )
    min_margin_bps: MarginBps | None = Field(
        default=None,
        description="The margin that discounts leave on goods whose cost is known, as a share of"
        " the price before tax. Null: nobody asks.",
    )
    objective: Objective | None = Field(
        default=None, description="How the best set of promotions is chosen."
    )
    stages: Annotated[list[Stage], Field(min_length=1, max_length=MOST_STAGES)] | None = Field(
        default=None,
        description="Stages after the price stage in the order they apply; `coupon_shop` and the"
        " like may stand before or instead of `coupon`.",
        examples=[["item", "order", "coupon_shop", "coupon", "shipping"]],
    )
    tax_scope: TaxScope | None = Field(
        default=None, description="Tax is rounded on each line, or once per rate and shared out."
    )
    shipping_tax: ShippingTax | None = Field(
        default=None,
        description="How shipping fees are taxed: not at all, at the highest rate of the goods, or"
        " at `shipping_tax_bps`.",
    )
    shipping_tax_bps: BasisPoints | None = Field(
        default=None, description="The rate of shipping fees where `shipping_tax` is fixed."
    )
    joint_discount_bps: BasisPoints | None = Field(
        default=None,
        description="From which share of the price two promotions on one piece are remarked on.",
    )
    approval_drop_bps: BasisPoints | None = Field(
        default=None,
        description="From which fall of a price somebody else must approve it. Null: never.",
    )

    def terms(self) -> PolicyTerms:
        return PolicyTerms(
            max_discount_bps=self.max_discount_bps,
            min_margin_bps=self.min_margin_bps,
            objective=self.objective,
            stages=None if self.stages is None else tuple(self.stages),
            tax_scope=self.tax_scope,
            shipping_tax=self.shipping_tax,
            shipping_tax_bps=self.shipping_tax_bps,
            joint_discount_bps=self.joint_discount_bps,
            approval_drop_bps=self.approval_drop_bps,
        )


class PolicyTermsOut(Output):
    """What a policy says; rates in basis points."""

    max_discount_bps: int | None
    min_margin_bps: int | None
    objective: Objective | None
    stages: list[str] | None
    tax_scope: TaxScope | None
    shipping_tax: ShippingTax | None
    shipping_tax_bps: int | None
    joint_discount_bps: int | None
    approval_drop_bps: int | None


class PricePolicyOut(Output):
    """What was set, and what counts with the policy of all channels and what is built in."""

    channel_id: UUID | None = Field(description="Null: the policy of all channels.")
    own: PolicyTermsOut
    effective: PolicyTermsOut
    version: int = Field(ge=0, description="Moved by every change; the ETag. 0: nothing is set.")

    @classmethod
    def of(cls, view: PolicyView) -> Self:
        return cls.model_validate(view)


class PriceFloorIn(Input):
    sku_id: UUID
    currency: Currency
    floor_minor: MinorUnits | None = Field(
        description="The least a piece may cost after discounts; null: what the policy allows."
    )

    def row(self) -> FloorRow:
        return FloorRow(self.sku_id, self.currency, self.floor_minor)


class PriceFloorsIn(Input):
    floors: Annotated[list[PriceFloorIn], Field(min_length=1, max_length=1_000)]


class PriceFloorsChangedOut(Output):
    changed: int = Field(description="Rows that are not what they were.")


class PriceFloorOut(Output):
    sku_id: UUID
    sku_code: str
    currency: str
    floor_minor: MinorUnits
    updated_at: datetime
