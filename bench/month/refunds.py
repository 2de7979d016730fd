"""What follows an order: revenue, points, refunds of every kind under three policies."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from app.core.actor import SecondPersonNeeded
from app.core.enums.payments import FallbackKind, PlanState, RefundKind, RefundReason, RefundState
from app.core.errors import DomainError
from app.services import finance, orders, payments
from bench.month.gateways import CHANNELS
from bench.month.story import Month

RETURNS = timedelta(days=7)
PER_MINOR = 100
"""What an order costs for each point it earns."""


async def follow(month: Month, order_id: UUID) -> None:
    """Draw what becomes of an order; what it is not paid for by then does not happen."""
    lots = month.lots
    if month.chance(70):
        month.later(partial(earn, month, order_id), days=lots.random() * 3)
    if month.chance(75):
        month.later(
            partial(ship, month, order_id, is_part=month.chance(40)), days=lots.random() * 5
        )
        if month.chance(30):
            month.later(partial(ship, month, order_id), days=5 + lots.random() * 4)
    if month.chance(38):
        for _ in range(lots.choice((1, 1, 2, 3))):
            month.later(partial(refund, month, order_id), days=lots.random() * 9)


async def earn(month: Month, order_id: UUID) -> None:
    """Points for what was not paid by points, at once or once nothing comes back any more."""
    async with month.session() as session:
        plan = await payments.read_plan(session, order_id)
        if plan.state is not PlanState.PAID:
            return
        by_points = sum(each.amount_minor for each in plan.tenders if each.points)
        standing = await payments.read_standing(session, order_id, owner=orders.PAYMENT_OWNER)
        if standing.taken:
            return
        fee = sum(row.amount_minor for row in standing.rows if row.span == payments.SHIPPING)
        is_later = month.chance(50)
        command = payments.EarnPoints(
            order_id=order_id,
            member_id=plan.member_id,
            currency=plan.currency,
            eligible_minor=max(0, plan.payable_minor - fee - by_points),
            per_minor=PER_MINOR,
            pending_until=month.now.replace(hour=23) + RETURNS if is_later else None,
        )
        await payments.earn_points(session, command, terms=month.terms)
    month.tally["points promised" if is_later else "points granted"] += 1


async def ship(month: Month, order_id: UUID, *, is_part: bool = False) -> None:
    """Goods leave: what was paid in advance is revenue."""
    async with month.session() as session:
        standing = await payments.read_standing(session, order_id, owner=orders.PAYMENT_OWNER)
        lines = [span.line_id for span in payments.not_returned(standing) if span.line_id]
        reference = f"SH-{order_id}-{month.tally['shipments']}"
        command = finance.Recognise(
            order_id=order_id,
            reference=reference,
            units={lines[0]: 1} if is_part and lines else None,
        )
        try:
            await finance.recognise(session, command, actor=month.clerk)
        except (finance.NothingPaidInAdvance, finance.UnitsNotLeft):
            return
    month.tally["shipments"] += 1


async def refund(month: Month, order_id: UUID) -> None:
    """Ask for units, an amount, the fee or everything; a second person decides what waits."""
    try:
        async with month.session() as session:
            standing = await payments.read_standing(session, order_id, owner=orders.PAYMENT_OWNER)
            wish = _wish(month, standing)
            view = await orders.request_refund(
                session, order_id, wish, actor=month.clerk, terms=month.terms
            )
    except DomainError as error:
        month.tally[f"refund refused {error.slug}"] += 1
        return
    month.tally[f"refund {view.kind}"] += 1
    if view.state is RefundState.WAITING:
        month.later(partial(_decide, month, view), hours=2)


def _wish(month: Month, standing: payments.OrderStanding) -> orders.RefundWish:
    lots = month.lots
    kind = lots.choices(
        (RefundKind.UNITS, RefundKind.AMOUNT, RefundKind.SHIPPING, RefundKind.EVERYTHING),
        (55, 22, 10, 13),
    )[0]
    reason = lots.choice((RefundReason.CHANGED_MIND, RefundReason.DEFECTIVE, RefundReason.LATE))
    lines: tuple[tuple[UUID, int], ...] = ()
    amount = None
    left = [span for span in payments.not_returned(standing) if span.line_id]
    if kind is RefundKind.UNITS and left:
        chosen = lots.sample(left, lots.randint(1, min(3, len(left))))
        wanted = {span.line_id: lots.randint(1, span.quantity) for span in chosen if span.line_id}
        lines = tuple(wanted.items())
    if kind is RefundKind.AMOUNT:
        amount = lots.randint(1, 500)
        reason = lots.choice((RefundReason.GOODWILL, RefundReason.PRICE_PROTECTION))
    return orders.RefundWish(
        kind=kind, reason_code=reason, reason="asked for", lines=lines, amount_minor=amount
    )


async def _decide(month: Month, view: payments.RefundView) -> None:
    """Who asked may not approve; somebody else may, and sometimes does not."""
    try:
        if month.chance(15):
            async with month.session() as session:
                await payments.reject_refund(
                    session,
                    view.id,
                    version=view.version,
                    reason="no",
                    actor=month.manager,
                    owner=orders.PAYMENT_OWNER,
                )
            month.tally["refund rejected"] += 1
            return
        async with month.session() as session:
            try:
                await orders.approve_refund(
                    session, view.id, version=view.version, actor=month.clerk
                )
            except SecondPersonNeeded:
                month.tally["refund not approved alone"] += 1
        async with month.session() as session:
            await orders.approve_refund(session, view.id, version=view.version, actor=month.manager)
    except (payments.IllegalRefundTransition, payments.RefundRefused) as error:
        month.tally[f"refund given up meanwhile {error.slug}"] += 1


async def rescue(month: Month) -> None:
    """What gateways will not give back, and what was paid by hand, goes another way."""
    failed = await month.rows(
        "SELECT id, channel, refund_id FROM refund_tenders WHERE state = 'failed' ORDER BY id"
    )
    for part in failed:
        is_return = part["refund_id"] is None
        if is_return or (part["channel"] in CHANNELS and month.chance(50)):
            await payments.refund_rescue.retry_part(
                month.resources.sessions,
                part["id"],
                actor=month.clerk,
                owner=orders.PLAN_OWNER,
            )
            month.tally["refund retried"] += 1
            continue
        kind = month.lots.choice(list(FallbackKind))
        await payments.refund_rescue.fall_back(
            month.resources.sessions,
            month.resources.gateways,
            part["id"],
            payments.refund_rescue.FallBack(
                kind=kind,
                consent="by phone",
                reference=f"bank-{part['id']}" if kind is FallbackKind.BANK else None,
            ),
            actor=month.clerk,
            owner=orders.PLAN_OWNER,
            terms=month.terms,
        )
        month.tally[f"refund by {kind} instead"] += 1
