"""What people have to look at about payments."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.enums.payments import ReviewAction, ReviewKind, ReviewState
from app.schemas.base import Input, MinorUnits, Output
from app.schemas.payments.refunds import Words


class ReviewOut(Output):
    id: UUID
    order_id: UUID
    plan_id: UUID
    kind: ReviewKind
    reference: str | None = Field(
        description="The gateway's transaction, or our number of the refund there."
    )
    amount_minor: MinorUnits | None = Field(description="What it is about, where that is known.")
    currency: str
    state: ReviewState
    is_settled: bool = Field(description="Nothing of it is under way in the books any more.")
    part_id: UUID | None = Field(description="The part of a refund to retry or to pay otherwise.")
    collection_id: UUID | None = Field(description="The transfer that has to be sent back.")
    assignee: str | None
    closed_by: str | None
    closed_for: str | None
    closed_at: datetime | None
    version: int
    created_at: datetime = Field(description="Since when.")
    actions: list[ReviewAction] = Field(description="What may be done now, best first.")


class AssignReviewIn(Input):
    staff_id: UUID | None = Field(description="Who sees to it; null for nobody.")


class CloseReviewIn(Input):
    reason: Words
