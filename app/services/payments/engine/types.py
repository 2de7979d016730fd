"""A plan as the rules see it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.enums.payments import (
    AT_FAULT,
    BY_HAND,
    OWN_KINDS,
    AttemptState,
    FeeBearer,
    PlanState,
    PointsShortfall,
    RefundPolicy,
    RefundReason,
    Scene,
    TenderKind,
    TenderState,
    Valuation,
)
from app.services.payments.engine.instalments import InstalmentPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRules:
    """What a store has decided about refunds; an order keeps those of its day (payments 3.5).

    Money goes back by `policy`, units are worth what `valuation` says. Value that is given back
    lives `grace_days` at least. The shop bears the shipping fee for the reasons in `shop_pays`.
    `version` is that of the store's own decision; without one the settings decided.
    """

    policy: RefundPolicy = RefundPolicy.ATTRIBUTED
    valuation: Valuation = Valuation.AS_PROMOTED
    shortfall: PointsShortfall = PointsShortfall.DEBT
    grace_days: int = 90
    shop_pays: frozenset[RefundReason] = AT_FAULT
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """`points` times `point_value_minor` is the amount of a points tender.

    `exchange_points` of them pay for goods to be had for points alone. `instalments` is in how many
    parts the payer pays the gateway; for us it stays one amount. `fee_bearer` pays its fee for it.
    """

    id: UUID
    kind: TenderKind
    amount_minor: int
    state: TenderState
    gift_card_id: UUID | None = None
    points: int | None = None
    exchange_points: int = 0
    point_value_minor: int | None = None
    channel: str | None = None
    refunded_minor: int = 0
    instalments: int | None = None
    fee_bearer: FeeBearer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayWith:
    """How a shopper's client wants to pay at the gateway.

    `method` is what the shopper called it, which need not be the account that takes it. `subject`
    is what the payer reads there, `payer_id` how the gateway knows the payer. What the order says
    of itself decides which account may take it: `sold_in` is its channel, `sold_by` its merchants.
    `fee_bearer` is what the account's plan of so many instalments said.
    """

    scene: Scene = Scene.PAGE
    method: str | None = None
    subject: str = ""
    payer_id: str | None = None
    client_ip: str | None = None
    instalments: int | None = None
    fee_bearer: FeeBearer | None = None
    sold_in: str | None = None
    sold_by: tuple[str, ...] = ()

    def of_order(self, other: "PayWith") -> "PayWith":
        """With what `other` says of the order itself."""
        return replace(self, subject=other.subject, sold_in=other.sold_in, sold_by=other.sold_by)

    def by(self, plan: InstalmentPlan | None) -> "PayWith":
        """Paid by the plan that was agreed, or at once."""
        return replace(
            self,
            instalments=plan.count if plan else None,
            fee_bearer=plan.fee_bearer if plan else None,
        )

    def is_as(self, other: "PayWith") -> bool:
        """Whether a payment ordered for one serves the other.

        The address may change, and who bears the fee stays as it was agreed. One that was ordered
        before methods were kept serves each.
        """
        return replace(self, client_ip=None, method=self.method or other.method) == replace(
            other, client_ip=None, fee_bearer=self.fee_bearer
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at the gateway. `action` is what the client needs in order to pay.

    `told_at` is when it was last stored, for an attempt that is open.
    """

    id: UUID
    tender_id: UUID | None
    channel: str
    out_trade_no: str
    amount_minor: int
    currency: str
    state: AttemptState
    expires_at: datetime
    pay_with: PayWith = PayWith()
    action: Mapping[str, Any] | None = None
    told_at: datetime | None = None

    @property
    def method(self) -> str | None:
        return self.pay_with.method

    @property
    def instalments(self) -> int | None:
        return self.pay_with.instalments

    @property
    def fee_bearer(self) -> FeeBearer | None:
        return self.pay_with.fee_bearer


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one order is paid; tenders in the order they pay.

    `captured_by` is the attempt whose money paid. Others may have succeeded too: what they brought
    goes back by itself.
    """

    id: UUID
    order_id: UUID
    member_id: UUID
    currency: str
    payable_minor: int
    state: PlanState
    tenders: tuple[Tender, ...]
    attempts: tuple[Attempt, ...] = ()
    in_review: bool = False
    transaction_ids: frozenset[tuple[str, str]] = frozenset()
    close_reason: str | None = None
    refund_rules: RefundRules = RefundRules()
    captured_by: UUID | None = None

    @property
    def refund_policy(self) -> RefundPolicy:
        return self.refund_rules.policy

    @property
    def grace(self) -> timedelta:
        """How long value that is given back lives at least."""
        return timedelta(days=self.refund_rules.grace_days)

    @property
    def internal(self) -> tuple[Tender, ...]:
        return tuple(each for each in self.tenders if each.kind in OWN_KINDS)

    @property
    def outside(self) -> Tender | None:
        """The tender whose money comes from outside: by a gateway or by hand."""
        return next((each for each in self.tenders if each.kind not in OWN_KINDS), None)

    @property
    def by_hand(self) -> Tender | None:
        return next((each for each in self.tenders if each.kind in BY_HAND), None)

    @property
    def gateway(self) -> Tender | None:
        return next((each for each in self.tenders if each.kind is TenderKind.GATEWAY), None)

    @property
    def open_attempt(self) -> Attempt | None:
        open_states = (AttemptState.CREATED, AttemptState.PENDING)
        return next((each for each in self.attempts if each.state in open_states), None)

    @property
    def points(self) -> int:
        return sum(each.points or 0 for each in self.tenders)
