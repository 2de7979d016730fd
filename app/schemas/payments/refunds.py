"""Refunds, their parts, and payments a bank disputes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.payments import (
    DisputeState,
    FallbackKind,
    RefundKind,
    RefundReason,
    RefundState,
    TenderKind,
)
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Input, MinorUnits, Output, SafeStr
from app.services.payments import disputes

Words = Annotated[SafeStr, Field(min_length=1, max_length=200)]


class RefundPartOut(Output):
    """What one tender gives back. `out_refund_no` is its number at the gateway, if it has one."""

    id: UUID
    tender_id: UUID
    kind: TenderKind
    amount_minor: MinorUnits
    points_withheld_minor: MinorUnits = Field(
        description="Of the amount; kept for points that were spent, or for postage, so that less"
        " arrives."
    )
    points: int | None = Field(description="Of points; null until the refund is decided.")
    state: RefundState
    channel: str | None
    out_refund_no: str | None
    gift_card_id: UUID | None = Field(description="The card it went to: another than paid if lost.")
    fallback: FallbackKind | None = Field(description="Where it went instead of the gateway.")


class FallbackAskedOut(Output):
    """Where a failed part shall go, as somebody asked, until somebody else agrees."""

    kind: FallbackKind
    reference: str | None
    consent: str
    asked_by: str
    asked_at: datetime


class AdminRefundPartOut(RefundPartOut):
    fallback_asked: FallbackAskedOut | None = Field(description="Waits for a second person.")


class RefundUnitsOut(Output):
    line_id: UUID
    first_index: int = Field(validation_alias="first")
    quantity: int


class RefundOut(Output):
    """Of the `points_clawed` some were spent already: the refund pays or later points do.

    It pays `points_withheld` of them, by `points_withheld_minor` of its amount; `points_owed` are
    a debt.
    """

    id: UUID
    number: str
    order_id: UUID
    currency: str
    amount_minor: MinorUnits
    shipping_minor: MinorUnits
    withheld_minor: MinorUnits = Field(description="Kept for gifts that stayed with the shopper.")
    postage_given_minor: MinorUnits = Field(
        description="What sending back cost the shopper: to the balance, besides the amount."
    )
    postage_kept_minor: MinorUnits = Field(
        description="Of the amount; kept for postage the shopper owes, so that less arrives."
    )
    state: RefundState
    kind: RefundKind
    reason_code: RefundReason
    reason: str
    created_at: datetime
    decided_at: datetime | None = Field(description="Null while it waits for a second person.")
    succeeded_at: datetime | None
    points_clawed: int
    points_owed: int
    points_withheld: int
    points_withheld_minor: MinorUnits
    units: list[RefundUnitsOut]
    parts: Sequence[RefundPartOut]


class MerchantRefundOut(Output):
    """A refund a merchant asked for, without how the order was paid."""

    id: UUID
    number: str
    order_id: UUID
    currency: str
    amount_minor: MinorUnits
    state: RefundState
    reason_code: RefundReason
    reason: str
    created_at: datetime
    units: list[RefundUnitsOut]


class AdminRefundOut(RefundOut):
    parts: Sequence[AdminRefundPartOut]
    actor: str | None = Field(description="Who asked for it.")
    settled_by: str | None = Field(description="Who approved, rejected or gave it up.")
    settled_reason: str | None
    version: int


class RejectIn(Input):
    reason: Words


class FallbackIn(Input):
    """Where a failed part goes. A bank transfer is named by its `reference`."""

    kind: FallbackKind
    consent: Words = Field(description="How and when the shopper agreed.")
    reference: Words | None = None

    @model_validator(mode="after")
    def _named(self) -> "FallbackIn":
        if (self.kind is FallbackKind.BANK) != (self.reference is not None):
            raise ValueError("a bank transfer has a reference, the balance has none")
        return self


class OpenDisputeIn(Input):
    """What the gateway says the payer's bank asks for; `reference` names the case there."""

    reference: Code
    amount_minor: Annotated[int, Field(ge=1, le=MAX_MINOR)]
    reason: Words

    def command(self, plan_id: UUID) -> disputes.OpenDispute:
        return disputes.OpenDispute(plan_id=plan_id, **self.model_dump())


class CloseDisputeIn(Input):
    outcome: Literal[DisputeState.WON, DisputeState.LOST]


class DisputeOut(Output):
    """`order_id` is what the payment pays for: an order, or a top-up."""

    id: UUID
    order_id: UUID
    channel: str
    reference: str
    currency: str
    amount_minor: MinorUnits
    state: DisputeState
    reason: str
    opened_by: str
    closed_by: str | None
    closed_at: datetime | None
    refund_id: UUID | None = Field(description="What booked the money of a lost one.")
    version: int
    created_at: datetime
