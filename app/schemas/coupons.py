"""Request and response shapes of coupons, one by one."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AliasChoices, BeforeValidator, Field

from app.core.enums.promotions import CouponState
from app.schemas.base import Input, Output
from app.schemas.promotions import CouponCode
from app.schemas.rules import Conditions, PromotionAction
from app.services.promotions import IssueCoupons


class IssueCouponsIn(Input):
    """Either `count` coupons for whoever types them, or one for each of `member_ids`."""

    promotion_id: UUID
    count: Annotated[int, Field(ge=1, le=10_000)] | None = None
    member_ids: Annotated[list[UUID], Field(max_length=10_000)] = Field(default_factory=list)
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def command(self) -> IssueCoupons:
        return IssueCoupons(
            promotion_id=self.promotion_id,
            count=self.count or 0,
            member_ids=tuple(dict.fromkeys(self.member_ids)),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class IssuedOut(Output):
    codes: list[str] = Field(description="In the order of `member_ids`, if those were named.")


class ClaimCouponIn(Input):
    code: CouponCode


class ClaimOfferIn(Input):
    batch_id: UUID = Field(description="The `id` of an offer of `GET /me/coupons/claimable`.")


class Reach(StrEnum):
    """What goods a coupon is for."""

    UNIVERSAL = "universal"
    CATEGORY = "category"
    GOODS = "goods"

    @classmethod
    def of(cls, scope: dict[str, Any]) -> Self:
        """Categories alone make a category coupon, other names or exceptions one for goods."""
        if not scope:
            return cls("universal")
        return cls("category" if set(scope) == {"categories"} else "goods")


class CouponOut(Output):
    """A coupon as its owner sees it; the promotion decides what it takes off."""

    id: UUID
    code: str
    state: CouponState
    is_usable: bool = Field(description="Whether it may be used now, thresholds aside.")
    valid_from: datetime | None
    valid_to: datetime | None
    promotion_id: UUID
    promotion_name: str
    stage: str
    currency: str
    reach: Annotated[Reach, BeforeValidator(Reach.of)] = Field(
        validation_alias=AliasChoices("scope")
    )
    scope: dict[str, Any] = Field(description="The goods it is for; empty: all.")
    action: PromotionAction
    condition: Conditions


class Obstacle(StrEnum):
    """Why the caller cannot claim one now."""

    SIGN_IN = "sign_in"
    NOT_OPEN = "not_open"
    LIMIT_REACHED = "limit_reached"
    GONE = "gone"
    NOT_FOR_YOU = "not_for_you"


class ClaimableOut(Output):
    """An offer of the coupon centre."""

    id: UUID
    name: str
    remaining: int | None = Field(description="How many are left; null: no end of them.")
    per_member: int
    held: int = Field(description="How many of them you have had.")
    obstacle: Obstacle | None = Field(description="Null: claim one.")
    opens_at: datetime | None
    closes_at: datetime | None
    valid_from: datetime | None
    valid_to: datetime | None
    valid_days: int | None = Field(description="Good for so many days from claiming.")
    reach: Reach
    promotion_id: UUID
    promotion_name: str
    stage: str
    currency: str
    scope: dict[str, Any]
    condition: Conditions
    action: PromotionAction

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(
            **{name: getattr(row, name) for name in cls.model_fields if name != "reach"},
            reach=Reach.of(row.scope),
        )


class AdminCouponOut(CouponOut):
    batch_id: UUID | None
    member_id: UUID | None
    order_id: UUID | None
    created_at: datetime
