"""Request and response shapes of promotions and coupons."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.core.clock import now
from app.core.enums.promotions import PromotionPhase, PromotionStatus
from app.schemas.base import (
    MAX_INT32,
    Code,
    Currency,
    Input,
    MinorUnits,
    Name,
    Output,
    SafeStr,
    Version,
)
from app.schemas.promotion_actions import ACTIONS
from app.schemas.rules import Conditions, PromotionAction
from app.services.promotions import (
    PromotionTerms,
    PromotionView,
    phase_of,
)

Config = Annotated[dict[str, Any], Field(max_length=50)]
Limit = Annotated[int, Field(ge=1, le=MAX_INT32)]
CouponCode = Annotated[SafeStr, Field(min_length=1, max_length=64)]
Codes = Annotated[list[CouponCode], Field(max_length=100)]


class PromotionPut(Input):
    """Everything about a promotion that may change while it is a draft.

    `scope`, `condition`, `action`, `stack` and `limits` configure the engine; what it refuses is
    answered with JSON pointers.
    """

    name: Name
    stage: str = Field(
        max_length=64,
        description="`item`, `order`, `coupon` or `shipping`, or one its channels inserted, such as"
        " `coupon_shop`.",
        examples=["order"],
    )
    currency: Currency
    priority: int = Field(
        default=0, ge=-MAX_INT32, le=MAX_INT32, description="Among equals the higher goes first."
    )
    channel_ids: Annotated[list[UUID], Field(max_length=100)] = Field(
        default_factory=list, description="Empty: every channel of the currency."
    )
    starts_at: datetime | None = None
    ends_at: datetime | None = Field(default=None, description="The first instant without it.")
    needs_coupon: bool = Field(default=False, description="Applies only with a coupon of it.")
    scope: Config = Field(
        default_factory=dict,
        description="The goods it looks at; empty: all.",
        examples=[{"categories": ["019a0000-0000-7000-8000-000000000000"]}],
    )
    condition: Config = Field(
        default_factory=dict,
        examples=[{"all": [{"type": "min_amount", "amount_minor": 30_000}]}],
    )
    action: Config = Field(
        description="What it does; each stage has actions of its own. A group of units shares what "
        'is taken off it, or with `"spread": "target"` the units meant carry it.',
        examples=[action for actions in ACTIONS.values() for action in actions],
    )
    stack: Config = Field(
        default_factory=dict, description="What it shares an order with.", examples=[{}]
    )
    limits: Config = Field(default_factory=dict, examples=[{"max_discount_minor": 10_000}])
    funding: Config = Field(
        default_factory=dict, examples=[{"merchant_bps": 4_000, "platform_bps": 6_000}]
    )
    refund: Config = Field(default_factory=dict, examples=[{"return_coupon": "on_cancel"}])
    total_uses: Limit | None = Field(default=None, description="Null: as often as may be.")
    uses_per_member: Annotated[int, Field(ge=1, le=1_000)] | None = None
    uses_per_day: Limit | None = Field(default=None, description="Of all members together.")
    uses_per_member_per_day: Annotated[int, Field(ge=1, le=1_000)] | None = None
    time_zone: Annotated[str, Field(max_length=64)] | None = Field(
        default=None,
        description="Where days begin at midnight, by its name in the IANA database. Null: where"
        " they do for the first channel, or the default one.",
    )
    budget_minor: MinorUnits | None = Field(
        default=None, description="What it may take off in all; null: without limit."
    )

    def terms(self) -> PromotionTerms:
        return PromotionTerms(
            name=self.name,
            stage=self.stage,
            currency=self.currency,
            priority=self.priority,
            channel_ids=tuple(self.channel_ids),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            needs_coupon=self.needs_coupon,
            scope=self.scope,
            condition=self.condition,
            action=self.action,
            stack=self.stack,
            limits=self.limits,
            funding=self.funding,
            refund=self.refund,
            total_uses=self.total_uses,
            uses_per_member=self.uses_per_member,
            uses_per_day=self.uses_per_day,
            uses_per_member_per_day=self.uses_per_member_per_day,
            time_zone=self.time_zone,
            budget_minor=self.budget_minor,
        )


class PromotionIn(PromotionPut):
    code: Code
    merchant_id: UUID


class PromotionOut(Output):
    id: UUID
    merchant_id: UUID
    code: str
    name: str
    status: PromotionStatus
    phase: PromotionPhase = Field(description="The status as the clock sees it: started ones wait.")
    stage: str
    priority: int
    currency: str
    channel_ids: list[UUID]
    starts_at: datetime | None
    ends_at: datetime | None
    needs_coupon: bool
    scope: dict[str, Any]
    condition: Conditions
    action: PromotionAction
    stack: dict[str, Any]
    limits: dict[str, Any]
    funding: dict[str, Any]
    refund: dict[str, Any]
    total_uses: int | None
    uses_per_member: int | None
    uses_per_day: int | None
    uses_per_member_per_day: int | None
    time_zone: str
    budget_minor: MinorUnits | None
    used: int | None = Field(description="Uses not given back; null in lists.")
    used_minor: MinorUnits | None = Field(description="What they took off; null in lists.")
    drafted_by: str | None = Field(description="Who may not approve it where two must see it.")
    edited_by: str | None
    rejection: str | None = Field(description="Why it was sent back, until it is submitted again.")
    approved_number: int | None = Field(
        description="The version approved last, and of a started promotion the one in force."
    )
    archived_at: datetime | None = Field(description="When it was put away.")
    version: Version
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: PromotionView) -> Self:
        row = view.promotion
        values = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        return cls(
            **values,
            phase=phase_of(row, now()),
            total_uses=view.quota.total_uses,
            uses_per_member=view.quota.uses_per_member,
            uses_per_day=view.quota.uses_per_day,
            uses_per_member_per_day=view.quota.uses_per_member_per_day,
            time_zone=view.quota.time_zone,
            budget_minor=view.quota.budget_minor,
            used=view.used,
            used_minor=view.used_minor,
        )
