"""How an order is paid, as far as the client has to act on it."""

from datetime import datetime
from uuid import UUID

from app.core.enums.payments import AttemptState, FeeBearer, PlanState, TenderKind, TenderState
from app.schemas.base import Currency, MinorUnits, Output
from app.schemas.payments.actions import ActionOut


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
    channel: str
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
