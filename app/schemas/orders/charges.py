"""Differences that orders are asked for after they were placed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.core.enums.orders import ChangeRules, ChargeKind, ChargeState
from app.core.enums.payments import PlanState
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Currency, Input, MinorUnits, Output
from app.schemas.cart.checkout import Tenders
from app.schemas.orders.changes import AddedOut, DifferenceOut
from app.schemas.orders.payments import PaymentPlanOut
from app.schemas.orders.refunds import StaffReason, Words
from app.services.orders.charges import NewCharge, RefundCharge

Amount = Annotated[int, Field(ge=1, le=MAX_MINOR, description="Minor units, tax included.")]


class ChargeIn(Input):
    """What an order is asked for besides, and why. The order does not leave meanwhile."""

    kind: ChargeKind
    amount_minor: Amount
    tax_rate_bps: Annotated[int, Field(ge=0, le=10_000)] = 0
    reason: Words
    seconds: Annotated[
        int, Field(ge=60, le=30 * 86_400, description="How long the shopper may think about it.")
    ] = 86_400

    def charge(self, order_id: UUID) -> NewCharge:
        return NewCharge(order_id=order_id, **self.model_dump())


class PayChargeIn(Input):
    """How to pay it: by what is yours here, or a gateway."""

    tenders: Tenders


class RefundChargeIn(Input):
    amount_minor: Amount | None = Field(default=None, description="Without it all that is left.")
    reason_code: StaffReason
    reason: Words
    number: Annotated[
        Code | None, Field(description="The refund's number, if you have one; used once.")
    ] = None

    def command(self) -> RefundCharge:
        return RefundCharge(**self.model_dump(exclude={"number"}))


class ChargedChangeOut(Output):
    """What the order becomes when the charge is paid, and why that costs more.

    `goods` become an order of their own.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    differences: list[DifferenceOut]
    goods: list[AddedOut]
    freight_minor: MinorUnits
    rules: ChangeRules


class ChargeOut(Output):
    """A difference an order is asked for: `due` until its shopper pays, which is agreeing to it.

    `tax_minor` is in the amount; `refunded_minor` of it went back. `settled_at`: what it was for
    was done, and the order is held for it no longer. Goods it adds are `added_order_id`.
    """

    id: UUID
    order_id: UUID
    kind: ChargeKind
    state: ChargeState
    currency: Currency
    amount_minor: MinorUnits
    tax_minor: MinorUnits
    tax_rate_bps: int
    refunded_minor: MinorUnits
    reason: str
    change: ChargedChangeOut | None
    added_order_id: UUID | None
    close_reason: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    settled_at: datetime | None


class AdminChargeOut(ChargeOut):
    """`earned_minor` of it is revenue; `plan_id` is its payment."""

    actor: str
    reference: str
    earned_minor: MinorUnits | None
    plan_id: UUID | None
    payment_state: PlanState | None
    version: int


class PaidChargeOut(ChargeOut):
    """A charge that is being paid, and what your client needs in order to pay."""

    payment: PaymentPlanOut
