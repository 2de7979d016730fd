"""A plan as callers see it, and how rows become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from app.core.enums.payments import (
    OWN_KINDS,
    AttemptState,
    FeeBearer,
    PlanState,
    PointsShortfall,
    ReceiptOutcome,
    RefundPolicy,
    RefundReason,
    Scene,
    TenderKind,
    TenderState,
    Valuation,
)
from app.services.payments.engine.types import Attempt, PayWith, Plan, RefundRules, Tender


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """`attempt` is the one the shopper can still pay, or the last one."""

    id: UUID
    order_id: UUID
    member_id: UUID
    state: PlanState
    currency: str
    payable_minor: int
    in_review: bool
    tenders: tuple[Tender, ...]
    attempt: Attempt | None

    @property
    def due_minor(self) -> int:
        """What is still to come from outside: through the gateway or by hand."""
        unpaid = self.state in {PlanState.AWAITING, PlanState.CLOSING}
        outside = (each.amount_minor for each in self.tenders if each.kind not in OWN_KINDS)
        return sum(outside) if unpaid else 0


def view(plan: Plan) -> PlanView:
    last = max(plan.attempts, key=lambda each: each.id, default=None)
    return PlanView(
        id=plan.id,
        order_id=plan.order_id,
        member_id=plan.member_id,
        state=plan.state,
        currency=plan.currency,
        payable_minor=plan.payable_minor,
        in_review=plan.in_review,
        tenders=plan.tenders,
        attempt=plan.open_attempt or last,
    )


def plan_of(row: RowMapping) -> Plan:
    return Plan(
        id=row["id"],
        order_id=row["order_id"],
        member_id=row["member_id"],
        currency=row["currency"],
        payable_minor=row["payable_minor"],
        state=PlanState(row["state"]),
        in_review=row["in_review"],
        close_reason=row["close_reason"],
        refund_rules=refund_rules(row["refund_rules"]),
        tenders=tuple(_tender(each) for each in row["tenders"]),
        attempts=tuple(_attempt(each) for each in row["attempts"]),
        transaction_ids=frozenset((channel, id_) for channel, id_, *_ in row["receipts"]),
        captured_by=_captured_by(row["receipts"]),
    )


def refund_rules(row: Mapping[str, Any]) -> RefundRules:
    return RefundRules(
        policy=RefundPolicy(row["policy"]),
        valuation=Valuation(row["valuation"]),
        shortfall=PointsShortfall(row["shortfall"]),
        grace_days=row["grace_days"],
        shop_pays=frozenset(RefundReason(each) for each in row["shop_pays"]),
        version=row["version"],
    )


def _captured_by(receipts: Sequence[Sequence[str]]) -> UUID | None:
    found = (UUID(each) for *_, each, outcome in receipts if outcome == ReceiptOutcome.CAPTURED)
    return next(found, None)


def _tender(row: Mapping[str, Any]) -> Tender:
    card_id = row["gift_card_id"]
    return Tender(
        id=UUID(row["id"]),
        kind=TenderKind(row["kind"]),
        amount_minor=row["amount_minor"],
        state=TenderState(row["state"]),
        gift_card_id=UUID(card_id) if card_id else None,
        points=row["points"],
        exchange_points=row["exchange_points"],
        point_value_minor=row["point_value_minor"],
        channel=row["channel"],
        refunded_minor=row["refunded_minor"],
        instalments=row["instalments"],
        fee_bearer=FeeBearer(row["fee_bearer"]) if row["fee_bearer"] else None,
    )


def _attempt(row: Mapping[str, Any]) -> Attempt:
    return Attempt(
        id=UUID(row["id"]),
        tender_id=UUID(row["tender_id"]) if row["tender_id"] else None,
        channel=row["channel"],
        out_trade_no=row["out_trade_no"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        state=AttemptState(row["state"]),
        action=row["action"],
        told_at=datetime.fromisoformat(row["told_at"]),
        expires_at=datetime.fromisoformat(row["expires_at"]),
        pay_with=_pay_with(row["pay_with"]),
    )


def _pay_with(row: Mapping[str, Any]) -> PayWith:
    # before accounts said who bears the fee, the payer did
    bearer = row.get("fee_bearer") or (FeeBearer.PAYER if row.get("instalments") else None)
    typed = {
        "scene": Scene(row["scene"]),
        "sold_by": tuple(row.get("sold_by", ())),
        "fee_bearer": FeeBearer(bearer) if bearer else None,
    }
    return PayWith(**{**row, **typed})
