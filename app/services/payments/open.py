"""Opening a plan: choose the tenders, hold what is ours, prepare the gateway's part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import (
    OWN_KINDS,
    AttemptState,
    FeeBearer,
    PlanState,
    TenderKind,
    TenderState,
)
from app.core.ids import new_id
from app.repositories.payments.plans import NewTender, PlanRepository
from app.repositories.payments.sources import SourceRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.engine.instalments import InstalmentPlan, agreed, suiting
from app.services.payments.engine.marketplace import receivable_of
from app.services.payments.engine.points import Lot, draw
from app.services.payments.engine.points_limit import PointsLimit
from app.services.payments.engine.routing import Sale
from app.services.payments.engine.tenders import Planned, cover, plan_tenders
from app.services.payments.engine.types import Attempt, PayWith, Plan, Tender
from app.services.payments.events import PaymentCaptured
from app.services.payments.method_rules import limit_of_points, require_allowed
from app.services.payments.requests import TenderRequest, sources
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms
from app.services.payments.views import PlanView, view

GATEWAY_MARGIN = timedelta(seconds=30)
"""The gateway stops taking money this much before we stop waiting for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewTender:
    """`plans` are the instalments a gateway's part may be paid in."""

    kind: TenderKind
    amount_minor: int
    gift_card_id: UUID | None
    points: int | None
    exchange_points: int
    channel: str | None
    instalments: int | None
    fee_bearer: FeeBearer | None
    plans: tuple[InstalmentPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPreview:
    """What each tender would pay, and what none of them covers.

    `missing_points` is what the goods to be had for points cost beyond those that are owned.
    `points_limit` is how much points may pay beside them.
    """

    payable_minor: int
    currency: str
    tenders: tuple[PreviewTender, ...]
    uncovered_minor: int
    missing_points: int
    points_limit: PointsLimit


async def preview(
    session: AsyncSession,
    *,
    member_id: UUID,
    currency: str,
    payable_minor: int,
    requests: Sequence[TenderRequest],
    exchange_points: int = 0,
    sale: Sale | None = None,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> PlanPreview:
    """How `requests` would pay; nothing is written or held. At most one statement.

    Raises as `sources` does, `MethodRefused` for what a rule refuses and `InstalmentsNotOffered`.
    """
    sale = sale or Sale(currency=currency)
    require_allowed(requests, sale, payable_minor, terms=terms)
    limit = limit_of_points(sale, payable_minor, terms=terms)
    found = await sources(
        session,
        member_id=member_id,
        currency=currency,
        requests=requests,
        exchange_points=exchange_points,
        sale=sale,
        points_cap_minor=limit.most_minor,
        terms=terms,
    )
    planned, rest = cover(payable_minor, found)
    pay_with = _agreed(requests, planned, currency, terms)
    return PlanPreview(
        payable_minor=payable_minor,
        currency=currency,
        uncovered_minor=rest,
        missing_points=sum(each.missing_points for each in planned),
        points_limit=limit,
        tenders=tuple(_previewed(each, pay_with, currency, terms) for each in planned),
    )


async def open_plan(
    session: AsyncSession,
    *,
    order_id: UUID,
    member_id: UUID,
    currency: str,
    payable_minor: int,
    requests: Sequence[TenderRequest],
    exchange_points: int = 0,
    expires_at: datetime,
    number: str = "",
    sale: Sale | None = None,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> PlanView:
    """Hold every internal tender, or none, and record how the order is paid.

    `exchange_points` are part of the payable and taken whatever else pays; `number` is what the
    payer knows the order by, `sale` what decides which account takes the gateway's part.

    With nothing left to come from outside the answer is a plan that is paid already, and its order
    with it: the caller sees to that. Otherwise `start_attempt` asks the gateway, after the commit.
    Points lots and ledger accounts are the member's own; what everybody shares is locked after
    them. Raises `PointsMissing`, `TenderMismatch`, `InsufficientFunds` and what `preview` raises.
    """
    sale = sale or Sale(currency=currency)
    require_allowed(requests, sale, payable_minor, terms=terms)
    limit = limit_of_points(sale, payable_minor, terms=terms)
    found = await sources(
        session,
        member_id=member_id,
        currency=currency,
        requests=requests,
        exchange_points=exchange_points,
        sale=sale,
        points_cap_minor=limit.most_minor,
        terms=terms,
    )
    planned = plan_tenders(payable_minor, found)
    pay_with = _agreed(requests, planned, currency, terms)
    is_paid = all(each.source.kind in OWN_KINDS or each.source.is_paid for each in planned)
    plan = Plan(
        id=new_id(),
        order_id=order_id,
        member_id=member_id,
        currency=currency,
        payable_minor=payable_minor,
        state=PlanState.PAID if is_paid else PlanState.AWAITING,
        tenders=tuple(_tender(each, pay_with, is_paid=is_paid) for each in planned),
        refund_rules=terms.refund_rules_of(sale.channel_id),
    )
    pay_with = pay_with.of_order(_order(terms, number, sale))
    plan = replace(plan, attempts=_attempts(plan, expires_at, pay_with))
    await _insert(session, plan, terms)
    if is_paid:
        await system.publish(session, captured(plan))
    await _use_points(session, plan, planned)
    held = journals.hold(plan)
    posted = [held] if held else []
    if is_paid:
        posted.append(journals.capture(plan, receivable_of(plan)))
    await ledger.post(session, posted)
    return view(plan)


def _previewed(
    planned: Planned, pay_with: PayWith, currency: str, terms: PaymentTerms
) -> PreviewTender:
    source = planned.source
    is_gateway = source.kind is TenderKind.GATEWAY
    plans = suiting(terms.instalments(source.channel), currency, planned.amount_minor)
    return PreviewTender(
        kind=source.kind,
        amount_minor=planned.amount_minor,
        gift_card_id=source.gift_card_id,
        points=planned.points,
        exchange_points=source.exchange_points,
        channel=source.channel,
        instalments=pay_with.instalments if is_gateway else None,
        fee_bearer=pay_with.fee_bearer if is_gateway else None,
        plans=plans,
    )


def captured(plan: Plan) -> PaymentCaptured:
    return PaymentCaptured(
        order_id=plan.order_id,
        plan_id=plan.id,
        member_id=plan.member_id,
        currency=plan.currency,
        payable_minor=plan.payable_minor,
    )


def new_attempt_of(plan: Plan, channel: str, expires_at: datetime, pay_with: PayWith) -> Attempt:
    """A fresh try with a number of its own. The plan must have a gateway tender."""
    if plan.gateway is None:
        raise ValueError(f"{plan.id} has nothing for a gateway")
    attempt_id = new_id()
    return Attempt(
        id=attempt_id,
        tender_id=plan.gateway.id,
        channel=channel,
        out_trade_no=attempt_id.hex,
        amount_minor=plan.gateway.amount_minor,
        currency=plan.currency,
        state=AttemptState.CREATED,
        expires_at=expires_at,
        pay_with=pay_with,
    )


def _order(terms: PaymentTerms, number: str, sale: Sale) -> PayWith:
    subject = f"{terms.subject} {number}".rstrip()
    return PayWith(
        subject=subject,
        sold_in=str(sale.channel_id) if sale.channel_id else None,
        sold_by=tuple(sorted(str(each) for each in sale.merchant_ids)),
    )


def _agreed(
    requests: Sequence[TenderRequest],
    planned: Sequence[Planned],
    currency: str,
    terms: PaymentTerms,
) -> PayWith:
    """How the gateway is to be paid; raises `InstalmentsNotOffered` for what it leaves to pay."""
    asked = next((r.pay_with for r in requests if r.kind is TenderKind.GATEWAY), PayWith())
    part = next((each for each in planned if each.source.kind is TenderKind.GATEWAY), None)
    if part is None:
        return asked
    plans = terms.instalments(part.source.channel)
    return asked.by(agreed(plans, asked.instalments, currency, part.amount_minor))


def _tender(planned: Planned, pay_with: PayWith, *, is_paid: bool) -> Tender:
    source = planned.source
    is_gateway = source.kind is TenderKind.GATEWAY
    waits = TenderState.HELD if source.kind in OWN_KINDS else TenderState.PLANNED
    return Tender(
        id=new_id(),
        kind=source.kind,
        amount_minor=planned.amount_minor,
        state=TenderState.CAPTURED if is_paid else waits,
        gift_card_id=source.gift_card_id,
        points=planned.points,
        exchange_points=source.exchange_points,
        point_value_minor=source.point_value_minor if planned.points else None,
        channel=source.channel,
        instalments=pay_with.instalments if is_gateway else None,
        fee_bearer=pay_with.fee_bearer if is_gateway else None,
    )


def _attempts(plan: Plan, expires_at: datetime, pay_with: PayWith) -> tuple[Attempt, ...]:
    if plan.gateway is None or plan.gateway.channel is None:
        return ()
    gateway_expires_at = expires_at - GATEWAY_MARGIN
    return (new_attempt_of(plan, plan.gateway.channel, gateway_expires_at, pay_with),)


async def _insert(session: AsyncSession, plan: Plan, terms: PaymentTerms) -> None:
    await PlanRepository(session).insert(
        {
            "id": plan.id,
            "order_id": plan.order_id,
            "member_id": plan.member_id,
            "currency": plan.currency,
            "payable_minor": plan.payable_minor,
            "state": plan.state,
            "refund_policy": plan.refund_policy,
            "refund_valuation": plan.refund_rules.valuation,
            "refund_shortfall": plan.refund_rules.shortfall,
            "refund_grace_days": plan.refund_rules.grace_days,
            "refund_shop_pays": sorted(plan.refund_rules.shop_pays),
            "refund_rules_version": plan.refund_rules.version,
        },
        [
            NewTender(
                id=tender.id,
                kind=tender.kind,
                amount_minor=tender.amount_minor,
                state=tender.state,
                gift_card_id=tender.gift_card_id,
                points=tender.points,
                exchange_points=tender.exchange_points,
                point_value_minor=tender.point_value_minor,
                channel=tender.channel,
                instalments=tender.instalments,
                fee_bearer=tender.fee_bearer,
            )
            for tender in plan.tenders
        ],
        [
            {
                "id": attempt.id,
                "tender_id": attempt.tender_id,
                "channel": attempt.channel,
                "out_trade_no": attempt.out_trade_no,
                "amount_minor": attempt.amount_minor,
                "expires_at": attempt.expires_at,
                "pay_with": attempt.pay_with,
            }
            for attempt in plan.attempts
        ],
        query_after_seconds=terms.query_after_seconds,
    )


async def _use_points(session: AsyncSession, plan: Plan, planned: Sequence[Planned]) -> None:
    """Take points from the lots read before; from what the lock shows if somebody was faster."""
    repository = SourceRepository(session)
    for tender, chosen in zip(plan.tenders, planned, strict=True):
        if not tender.points:
            continue
        lots: Sequence[Lot] = chosen.source.lots
        locked: list[UUID] | None = None
        for _ in range(2):
            if sum(lot.remaining for lot in lots) < tender.points:
                account = journals.points(plan.member_id, ledger.AVAILABLE, ledger.POINTS)
                raise ledger.InsufficientFunds("Not enough points", accounts=[account.code])
            draws = [(each.lot_id, each.quantity) for each in draw(lots, tender.points)]
            is_used, rows = await repository.use(
                tender.id, plan.member_id, plan.currency, draws, tender.state, among=locked
            )
            if is_used:
                break
            locked = [row.id for row in rows]
            lots = [Lot(row.id, row.remaining, row.expires_at) for row in rows]
        else:
            raise AssertionError("points changed under their lock")
