"""Payments, as staff see and change them."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from app.core.enums.payments import (
    AttemptState,
    CardFunding,
    FeeBearer,
    PlanState,
    ReceiptOutcome,
    RefundState,
    TenderKind,
    TenderState,
)
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Id, Input, MinorUnits, Output, SafeStr
from app.schemas.payments.money import MoneyCurrency, MovedMinor
from app.schemas.payments.refunds import AdminRefundOut
from app.schemas.payments.storefront import GiftCardOut
from app.services.payments import Adjustment, Tender

Reason = Annotated[SafeStr, Field(min_length=1, max_length=200)]
Source = Annotated[
    SafeStr,
    Field(min_length=1, max_length=128, description="Names the reason uniquely: `order:…`."),
]


class IssueGiftCardsIn(Input):
    batch: Code
    count: Annotated[int, Field(ge=1, le=1_000)]
    currency: MoneyCurrency
    face_minor: Annotated[int, Field(ge=1, le=MAX_MINOR)]
    expires_at: datetime | None = None


class IssuedCardOut(Output):
    id: UUID
    code: str = Field(description="Shown here and never again.")


class IssuedCardsOut(Output):
    batch: str
    cards: list[IssuedCardOut]


class ActivateGiftCardsIn(Input):
    """Name a whole batch, or cards by id."""

    batch: Code | None = None
    ids: Annotated[list[Id], Field(max_length=100)] = []
    funding: CardFunding


class ActivatedCardsOut(Output):
    activated: int


class AdminGiftCardOut(GiftCardOut):
    batch: str
    member_id: UUID | None
    created_at: datetime


class GrantPointsIn(Input):
    member_id: Id
    quantity: Annotated[int, Field(ge=1, le=10_000_000)]
    source: Source
    currency: MoneyCurrency
    expires_at: datetime | None = None


class GrantedPointsOut(Output):
    id: UUID
    member_id: UUID
    currency: str
    source: str
    quantity: int
    remaining: int
    expires_at: datetime


class AdjustBalanceIn(Input):
    member_id: Id
    currency: MoneyCurrency
    amount_minor: MovedMinor
    kind: Adjustment
    reason: Reason


class PlanOut(Output):
    id: UUID
    order_id: UUID = Field(description="What it pays for: an order, a charge of one, a top-up.")
    charged_order_id: UUID | None = Field(description="The order, where a charge of it is paid.")
    member_id: UUID
    currency: str
    payable_minor: MinorUnits
    state: PlanState
    in_review: bool
    review_reason: str | None
    close_reason: str | None
    has_suspense: bool = Field(description="Money that pays nothing waits to go back.")
    created_at: datetime
    updated_at: datetime


class TenderOut(Output):
    """`exchange_points` of a points tender are due in points whatever else pays.

    `instalments` is in how many parts the payer pays the gateway, `fee_bearer` who pays its fee for
    that. `fee_minor` is what the gateway kept, as its statements say and never reckoned here: of
    the payment, less what it gave back with refunds; null while no statement speaks of it.
    """

    id: UUID
    kind: TenderKind
    amount_minor: MinorUnits
    refunded_minor: MinorUnits
    state: TenderState
    gift_card_id: UUID | None
    points: int | None
    exchange_points: int
    channel: str | None
    instalments: int | None
    fee_bearer: FeeBearer | None
    fee_minor: int | None

    @classmethod
    def of(cls, tender: Tender, fee_minor: int | None) -> Self:
        is_gateway = tender.kind is TenderKind.GATEWAY
        return cls.model_validate(asdict(tender) | {"fee_minor": fee_minor if is_gateway else None})


class AttemptOut(Output):
    id: UUID
    channel: str
    out_trade_no: str
    amount_minor: MinorUnits
    currency: str
    state: AttemptState
    expires_at: datetime
    instalments: int | None
    fee_bearer: FeeBearer | None


class ReceiptOut(Output):
    id: UUID
    channel: str
    transaction_id: str
    amount_minor: MinorUnits
    currency: str
    outcome: ReceiptOutcome
    reason: str | None
    created_at: datetime
    returned_at: datetime | None
    fee_minor: int | None = Field(
        description="What the gateway kept of it, as its statement says; null before."
    )


class PlanDetailOut(Output):
    id: UUID
    order_id: UUID
    member_id: UUID
    currency: str
    payable_minor: MinorUnits
    state: PlanState
    in_review: bool
    tenders: list[TenderOut]
    attempt: AttemptOut | None = Field(description="The open attempt, or the last one.")
    receipts: list[ReceiptOut]
    refunds: list[AdminRefundOut]


class RefundRowOut(Output):
    """One part of a refund, or money kept apart on its way back.

    `points_withheld_minor` of the amount is kept for points that were spent.
    """

    id: UUID
    refund_id: UUID | None
    receipt_id: UUID | None
    number: str | None
    order_id: UUID
    member_id: UUID
    currency: str
    amount_minor: MinorUnits
    points_withheld_minor: MinorUnits
    points: int | None
    state: RefundState
    reason: str | None
    channel: str | None
    out_refund_no: str | None
    gateway_refund_id: str | None
    queries: int
    created_at: datetime
