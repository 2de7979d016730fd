"""How an order is paid: what the client has to act on, and what the order says of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.core.enums.payments import (
    AttemptState,
    FeeBearer,
    PlanState,
    RefundState,
    TenderKind,
    TenderState,
)
from app.schemas.base import Currency, MinorUnits, Output
from app.schemas.payments.actions import ActionOut

METHOD: Any = Field(
    description="What the payer chose to pay by, such as `alipay`. Null: not by a gateway, or it is"
    " of before this was kept."
)
ACCOUNT: Any = Field(description="The account that takes it.")


class PlannedTenderOut(Output):
    """`exchange_points` of a points tender are due in points whatever else pays.

    `instalments` is in how many parts the gateway's part was to be paid when the order was placed,
    and once it is paid, was paid; `fee_bearer` says who pays the gateway's fee for that.
    """

    id: UUID
    kind: TenderKind
    amount_minor: MinorUnits
    points: int | None
    exchange_points: int
    gift_card_id: UUID | None
    channel: str | None
    instalments: int | None
    fee_bearer: FeeBearer | None
    state: TenderState


class OpenAttemptOut(Output):
    """`action` is what the client needs in order to pay, once the gateway has answered."""

    id: UUID
    method: str | None = METHOD
    channel: str = ACCOUNT
    amount_minor: MinorUnits
    state: AttemptState
    action: ActionOut | None
    expires_at: datetime
    instalments: int | None
    fee_bearer: FeeBearer | None


class PaymentPlanOut(Output):
    """`due_minor` is still to be paid: through `attempt`, or by hand where there is none."""

    state: PlanState
    currency: Currency
    payable_minor: MinorUnits
    due_minor: MinorUnits
    tenders: list[PlannedTenderOut]
    attempt: OpenAttemptOut | None


class NewOrderOut(Output):
    """An order as it was placed. It says the same however often it is asked for."""

    id: UUID
    number: str
    currency: Currency
    payable_minor: MinorUnits
    expires_at: datetime


class PlacedOrderOut(NewOrderOut):
    """A new order, and what the client needs where money is still due."""

    payment: PaymentPlanOut


class OrderTenderOut(Output):
    """`exchange_points` of a points tender were due in points whatever else paid.

    `instalments` and `fee_bearer`: as `PlannedTenderOut` says.
    """

    id: UUID
    position: int
    kind: TenderKind
    amount_minor: MinorUnits
    points: int | None
    exchange_points: int
    gift_card_id: UUID | None
    method: str | None = METHOD
    channel: str | None = ACCOUNT
    instalments: int | None
    fee_bearer: FeeBearer | None
    state: TenderState
    refunded_minor: MinorUnits


class OrderAttemptOut(Output):
    """`action` is what the client needs to pay; null once the attempt is over."""

    id: UUID
    method: str | None = METHOD
    channel: str = ACCOUNT
    amount_minor: MinorUnits
    state: AttemptState
    action: ActionOut | None
    expires_at: datetime
    created_at: datetime


class OrderRefundTenderOut(Output):
    """`points_withheld_minor` of the amount was kept for points that were spent."""

    tender_id: UUID
    amount_minor: MinorUnits
    points_withheld_minor: MinorUnits
    points: int | None
    state: RefundState


class OrderRefundOut(Output):
    number: str
    amount_minor: MinorUnits
    state: RefundState
    reason: str
    created_at: datetime
    succeeded_at: datetime | None
    tenders: list[OrderRefundTenderOut]


class OrderPaymentOut(Output):
    """How an order is paid. Attempts are in order of time; at most the last one is open."""

    state: PlanState
    payable_minor: MinorUnits
    tenders: list[OrderTenderOut]
    attempts: list[OrderAttemptOut]
    refunds: list[OrderRefundOut]
