"""Orders that wait for people to decide about them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.order_reviews import OrderReviewAction, OrderReviewState, ReviewEffect
from app.core.enums.orders import PaymentStatus
from app.schemas.base import Input, MinorUnits, Output, SafeStr
from app.schemas.cart.checkout import DeliveryAddressIn
from app.schemas.orders.review_rules import Words
from app.services import orders

Note = Annotated[SafeStr, Field(min_length=1, max_length=500)]


class ReviewReasonOut(Output):
    """A rule that held, in the words it had then; `because` names its conditions."""

    rule_id: UUID | None
    name: str
    effect: ReviewEffect
    reason_zh: str
    reason_en: str
    because: list[str]


class ReviewRiskOut(Output):
    """0 to 100; `parts` are the points of each thing that counts."""

    score: int
    parts: dict[str, int]


class OrderReviewCardOut(Output):
    id: UUID
    order_id: UUID
    order_number: str
    member_id: UUID
    channel_id: UUID
    currency: str
    payable_minor: MinorUnits
    payment_status: PaymentStatus
    labels: list[str]
    priority: int
    state: OrderReviewState
    reasons: list[ReviewReasonOut]
    risk: ReviewRiskOut | None = Field(description="Null until the rules were asked.")
    needs_two: bool
    due_at: datetime | None
    is_overdue: bool
    claimed_by: str | None
    claimed_until: datetime | None
    first_approved_by: str | None
    closed_by: str | None
    closed_for: str | None
    closed_at: datetime | None
    version: int
    created_at: datetime = Field(description="Since when the order is held.")
    actions: list[OrderReviewAction] = Field(description="What the caller may do now.")


class OrderReviewEventOut(Output):
    kind: str
    actor: str | None
    words: str | None
    at: datetime


class OrderReviewOut(OrderReviewCardOut):
    """A review with what happened to it, oldest first."""

    events: list[OrderReviewEventOut]


class OrderReviewCountsOut(Output):
    """How many wait, by state; of these those the caller has claimed, and those overdue."""

    due: int
    open: int
    claimed: int
    second: int
    mine: int
    overdue: int


class ReviewNoteIn(Input):
    words: Note


class ApproveOrderIn(Input):
    reason: Words | None = None


class RejectOrderIn(Input):
    reason: Words = Field(description="For the shop; the buyer is not told.")


class CorrectOrderIn(Input):
    """What is not named stays. Country, province and city stay as they are."""

    address: DeliveryAddressIn | None = None
    note: Note | None = None

    def correction(self) -> orders.review.Correction:
        return orders.review.Correction(
            address=None if self.address is None else self.address.model_dump(),
            note=self.note,
            has_note="note" in self.model_fields_set,
        )
