"""Request and response shapes of batches of coupons."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.core.enums.promotions import CouponBatchKind, CouponBatchState, CouponTrigger
from app.schemas.base import MAX_INT32, Code, Input, MinorUnits, Name, Output, Version
from app.schemas.promotions import CouponCode
from app.services.promotions import BatchTerms, NewBatch

Days = Annotated[int, Field(ge=1, le=3_650)]
MemberIds = Annotated[list[UUID], Field(max_length=10_000)]


class BatchPut(Input):
    """What of a batch may be corrected later."""

    name: Name
    tag: Code | None = Field(
        default=None,
        description="Where its coupons come from: channel, poster, QR code. Reports go by it.",
        examples=["wechat-qr-07"],
    )
    total: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="How many there are; of kind `codes`, how many codes to make."
    )
    per_member: Annotated[int, Field(ge=1, le=1_000)] = 1
    opens_at: datetime | None = Field(default=None, description="Null: at once.")
    closes_at: datetime | None = Field(default=None, description="The first instant without.")

    def terms(self) -> BatchTerms:
        return BatchTerms(**{name: getattr(self, name) for name in BatchPut.model_fields})


class CouponBatchIn(BatchPut):
    """Coupons of a promotion, and how they reach members.

    `claim`: listed in the coupon centre. `public_code`: one code for everybody. `codes`: as many
    unguessable codes as `total`, each good for one coupon. `targeted`: one for each of
    `member_ids`, or of the segment when none are named. `automatic`: for what `trigger` names.
    `prize`: only as a prize of a lottery.
    The segment (`tiers`, `is_first_order`, `registered_from`, `registered_before`) says who may
    have one, whatever the kind.
    """

    promotion_id: UUID
    kind: CouponBatchKind
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    valid_days: Days | None = Field(
        default=None, description="Good for so many times 24 hours from when it is got."
    )
    public_code: CouponCode | None = Field(default=None, examples=["SPRING2027"])
    tiers: Annotated[list[Code], Field(max_length=50)] = Field(
        default_factory=list, description="Empty: members of every tier and of none."
    )
    is_first_order: bool = Field(default=False, description="Only who has not ordered yet.")
    registered_from: datetime | None = None
    registered_before: datetime | None = None
    member_ids: MemberIds = Field(default_factory=list)
    trigger: CouponTrigger | None = None
    min_amount_minor: MinorUnits | None = Field(
        default=None,
        description="Of `order_paid`: the least an order costs, in the currency of the promotion.",
    )

    def command(self) -> NewBatch:
        values = {name: getattr(self, name) for name in CouponBatchIn.model_fields}
        return NewBatch(
            **values
            | {
                "tiers": tuple(self.tiers),
                "member_ids": tuple(dict.fromkeys(self.member_ids)),
            }
        )


class CouponBatchOut(Output):
    id: UUID
    promotion_id: UUID
    name: str
    kind: CouponBatchKind
    state: CouponBatchState
    tag: str | None
    total: int | None
    per_member: int
    made: int = Field(description="Codes made, or members looked at, so far.")
    opens_at: datetime | None
    closes_at: datetime | None
    valid_from: datetime | None
    valid_to: datetime | None
    valid_days: int | None
    public_code: str | None
    tiers: list[str]
    is_first_order: bool
    registered_from: datetime | None
    registered_before: datetime | None
    trigger: CouponTrigger | None
    min_amount_minor: int | None
    version: Version
    created_at: datetime
    updated_at: datetime


Count = Annotated[int, Field(ge=0, le=MAX_INT32)]


class BatchCountsOut(Output):
    """Coupons of a batch by what became of them; unused codes are none yet."""

    issued: Count
    available: Count
    reserved: Count
    consumed: Count
    expired: Count
    void: Count


class BatchDetailOut(CouponBatchOut):
    coupons: BatchCountsOut

    @classmethod
    def with_counts(cls, row: Any, counts: Any) -> Self:
        values = {name: getattr(row, name) for name in CouponBatchOut.model_fields}
        return cls(**values, coupons=BatchCountsOut.model_validate(counts))
