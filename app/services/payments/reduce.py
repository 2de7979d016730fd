"""What is ordered becomes less before it is paid: tenders and holds become less with it."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import OWN_KINDS, PlanState, TenderKind, TenderState
from app.core.errors import DomainError
from app.repositories.payments.collections import CollectionRepository
from app.repositories.payments.plans import PlanRepository
from app.repositories.payments.sources import SourceRepository
from app.services import ledger, system
from app.services.payments.attempts import close_attempt
from app.services.payments.calls import Gateways
from app.services.payments.engine import journals
from app.services.payments.engine.routing import Sale
from app.services.payments.engine.states import MAY_SUCCEED, PAID, can_still_be_paid
from app.services.payments.engine.tenders import Planned, Source, cover
from app.services.payments.engine.types import Plan, Tender
from app.services.payments.errors import AlreadyPaid, NotAwaitingPayment
from app.services.payments.method_rules import limit_of_points
from app.services.payments.open import captured
from app.services.payments.ports import PlanOwner
from app.services.payments.read import plan_by_id, plan_of_order
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms


class PaymentUnderWay(DomainError):
    """A gateway may take the old amount, or a transfer of it waits to be confirmed."""

    slug, title, title_zh = (
        "payment-under-way",
        "A payment of it is under way",
        "订单正在支付中",
    )


async def stop_attempts(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    order_id: UUID,
    *,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> None:
    """Have gateways take nothing more of what an order asks for now; it goes on waiting for it.

    One that took the money already has paid it. Money that comes in spite of this is kept apart and
    returned, once the order asks for another amount. Raises `UnknownChannel` and
    `GatewayUnreachable`.
    """
    async with unit_of_work(sessions) as session:
        plan = await plan_of_order(session, order_id)
    if plan.state is not PlanState.AWAITING:
        return
    for attempt in plan.attempts:
        if attempt.state in MAY_SUCCEED:
            await close_attempt(sessions, gateways, owner, plan, attempt, terms=terms)


async def require_stopped(session: AsyncSession, order_id: UUID) -> Plan:
    """The locked plan of a locked order, of which nothing can be paid at this moment.

    Raises `NotAwaitingPayment`, `AlreadyPaid` and `PaymentUnderWay`.
    """
    plan_id = await PlanRepository(session).lock_of_order(order_id)
    if plan_id is None:
        raise NotAwaitingPayment("Nothing is to be paid")
    plan = await plan_by_id(session, plan_id)
    if plan.state in PAID:
        raise AlreadyPaid("Money has been taken; refund it instead")
    if plan.state is not PlanState.AWAITING:
        raise NotAwaitingPayment("The order takes no payment any more", state=plan.state)
    _, recorded = await CollectionRepository(session).counts(plan_id)
    if recorded or can_still_be_paid(plan.attempts):
        raise PaymentUnderWay("Wait for what becomes of it, then try again")
    return plan


async def reduce_plan(
    session: AsyncSession,
    order_id: UUID,
    payable_minor: int,
    *,
    exchange_points: int,
    sale: Sale,
    reference: str,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> bool:
    """Have a locked order's plan pay no more than that; whether that makes it paid.

    Its tenders cover it in their order again, each by at most what it did: what comes from outside
    is less first, then the balance, points, gift cards. What they no longer pay is its member's
    again. Where nothing is left for outside the plan is paid by what it holds, and the caller sees
    to the order. `reference` tells this time from others. Raises as `require_stopped`.
    """
    plan = await require_stopped(session, order_id)
    if payable_minor > plan.payable_minor:
        raise ValueError("a plan is only lessened")
    cap = limit_of_points(sale, payable_minor, terms=terms).most_minor
    planned, rest = cover(
        payable_minor, [_source(each, exchange_points, cap, terms) for each in plan.tenders]
    )
    if rest:
        raise ValueError("an unpaid plan has a tender that pays what is left")
    after = [_after(each, planned) for each in plan.tenders]
    is_paid = all(each.kind in OWN_KINDS for each in after if each.amount_minor)
    every, _ = await CollectionRepository(session).counts(plan.id)
    if is_paid and every:
        raise PaymentUnderWay("A transfer of it was looked at; cancel the order instead")
    less = _less(plan, after)
    points = SourceRepository(session)
    for tender, _, quantity in less:
        if quantity and await points.give_back(tender.id, quantity) != quantity:
            raise AssertionError("points that a plan holds are not there")
    plans = PlanRepository(session)
    rows = [(each.id, each.amount_minor, each.points, each.exchange_points) for each in after]
    await plans.lessen(plan.id, payable_minor, rows)
    plan = replace(
        plan,
        payable_minor=payable_minor,
        tenders=tuple(each for each in after if each.amount_minor),
    )
    posted = [journals.lessen(plan, less, reference)]
    if is_paid:
        await CollectionRepository(session).capture(plan.id)
        await system.publish(session, captured(plan))
        await points.settle(plan.id, TenderState.CAPTURED)
        posted.append(journals.capture(plan, None))
    await ledger.post(session, [each for each in posted if each is not None])
    return is_paid


def _source(tender: Tender, exchange_points: int, cap_minor: int, terms: PaymentTerms) -> Source:
    if tender.kind not in OWN_KINDS:
        return Source(kind=tender.kind, available_minor=None, channel=tender.channel)
    if tender.kind is not TenderKind.POINTS:
        return Source(
            kind=tender.kind,
            available_minor=tender.amount_minor,
            gift_card_id=tender.gift_card_id,
        )
    return Source(
        kind=tender.kind,
        points=tender.points or 0,
        exchange_points=exchange_points,
        max_points=(tender.points or 0) - tender.exchange_points,
        point_value_minor=tender.point_value_minor or 1,
        multiple=terms.point_multiple,
        cap_bps=terms.points_cap_bps,
        cap_minor=cap_minor,
    )


def _after(tender: Tender, planned: tuple[Planned, ...]) -> Tender:
    """The tender as it pays now; what is not needed pays nothing."""
    for each in planned:
        if (each.source.kind, each.source.gift_card_id) == (tender.kind, tender.gift_card_id):
            return replace(
                tender,
                amount_minor=each.amount_minor,
                points=each.points,
                exchange_points=each.source.exchange_points,
            )
    has_points = tender.points is not None
    return replace(tender, amount_minor=0, points=0 if has_points else None, exchange_points=0)


def _less(plan: Plan, after: list[Tender]) -> list[tuple[Tender, int, int]]:
    """Of what members have with us: how much less each pays, and how many points less."""
    return [
        (before, minor, (before.points or 0) - (now.points or 0))
        for before, now in zip(plan.tenders, after, strict=True)
        if before.kind in OWN_KINDS and (minor := before.amount_minor - now.amount_minor)
    ]
