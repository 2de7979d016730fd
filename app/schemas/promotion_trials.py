"""Request shapes of trying promotions out: nothing of what they describe is kept."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.payments import TenderKind
from app.core.ids import named_id
from app.schemas.base import MAX_INT32, Code, Input, MinorUnits, Quantity
from app.schemas.promotions import Codes, PromotionPut
from app.services.pricing import WantedLine
from app.services.promotions import Imagined, promotions_of
from app.services.promotions.engine import Customer, Objective

Tried = Annotated[list[UUID], Field(max_length=50)]
Drafts = Annotated[list[PromotionPut], Field(max_length=20)]

TRIED = "Tried beside the running ones, whatever their status."
UNSAVED = (
    "Terms nobody saved, tried too. Answers call them ffffffff-ffff-7fff-bfff-000000000001 and"
    " so on, in this order; among equals they come last, as new promotions do."
)


class ShopperIn(Input):
    """Somebody imagined. They have a name, so to speak: limits per member let them through."""

    tier: Code | None = Field(default=None, description="Also one of their tags.")
    tags: Annotated[list[Code], Field(max_length=50)] = Field(default_factory=list)
    orders_count: Annotated[int, Field(ge=0, le=MAX_INT32)] = Field(
        default=0, description="Orders placed before and not cancelled."
    )

    def customer(self) -> Customer:
        return Customer(
            id=str(named_id("imagined-shopper")),
            tags=frozenset((*self.tags, *((self.tier,) if self.tier else ()))),
            tier=self.tier,
            orders_count=self.orders_count,
        )


class SimulateLineIn(Input):
    sku_id: UUID
    quantity: Quantity


class SimulateIn(Input):
    """A cart to try; nothing is written."""

    channel: Code | None = Field(default=None, description="Null: the default channel.")
    lines: Annotated[list[SimulateLineIn], Field(min_length=1, max_length=100)]
    coupon_codes: Codes = Field(default_factory=list)
    member_id: UUID | None = Field(default=None, description="Whose limits count; null: anybody.")
    shopper: ShopperIn | None = Field(
        default=None, description="Somebody imagined instead of a member."
    )
    shipping_minor: MinorUnits = 0
    at: datetime | None = Field(default=None, description="Null: now.")
    objective: Objective | None = Field(default=None, description="Null: the channel's.")
    promotions: Tried = Field(default_factory=list, description=TRIED)
    drafts: Drafts = Field(default_factory=list, description=UNSAVED)
    without: Tried = Field(default_factory=list, description="Running ones to do without.")
    has_coupons: bool = Field(
        default=True, description="The shopper holds a coupon of everything tried that takes one."
    )

    payment_kinds: Annotated[list[TenderKind], Field(max_length=len(TenderKind))] = Field(
        default_factory=list,
        description="What the shopper pays with. None: before the choice, when a promotion for a"
        " way of paying is rejected as `PAYMENT_KIND`, saying which kinds it wants.",
    )
    is_group_buy: bool = Field(
        default=False, description="The cart is one of a group, at prices for groups."
    )

    @model_validator(mode="after")
    def _one_shopper(self) -> Self:
        if self.member_id is not None and self.shopper is not None:
            raise ValueError("Name a member or imagine a shopper, not both")
        return self

    def wanted(self) -> tuple[WantedLine, ...]:
        return tuple(
            WantedLine(str(position), line.sku_id, line.quantity)
            for position, line in enumerate(self.lines, start=1)
        )

    def imagined(self) -> Imagined:
        """Raises `InvalidPromotion` pointing into `drafts`."""
        return Imagined(
            at=self.at,
            customer=self.shopper.customer() if self.shopper else None,
            also=tuple(dict.fromkeys(self.promotions)),
            drafts=promotions_of([each.terms() for each in self.drafts]),
            without=frozenset(self.without),
            has_coupons=self.has_coupons,
        )
