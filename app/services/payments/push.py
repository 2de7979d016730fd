"""Refunds at the gateway: ordered, asked about, booked when the money has moved."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import RefundState, ReviewKind
from app.repositories.payments.notices import NoticeRepository
from app.repositories.payments.refund_queue import RefundQueueRepository
from app.repositories.payments.refunds import RefundRepository
from app.services import ledger, system
from app.services.payments.calls import Gateways, ask, gateway_of
from app.services.payments.carry_out import gone_back, succeeded
from app.services.payments.engine import journals
from app.services.payments.engine.journals_refund import refund_gateway
from app.services.payments.engine.types import Plan
from app.services.payments.errors import UnknownChannel
from app.services.payments.ports import (
    GatewayPort,
    GatewayRefund,
    GatewayRefused,
    GatewayState,
    GatewayUnreachable,
    PlanOwner,
    RefundPayment,
    RefundQuery,
)
from app.services.payments.settle import flag, locked
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms

_TROUBLE = {
    GatewayState.FAILED: ReviewKind.REFUND_FAILED,
    GatewayState.ABNORMAL: ReviewKind.REFUND_ABNORMAL,
}


@dataclass(frozen=True, slots=True)
class Pushed:
    """How many parts were asked about, and how many of them have arrived."""

    asked: int
    succeeded: int


async def push_refunds(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    *,
    limit: int,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> Pushed:
    """Order pending refunds at their gateways, or ask about those already ordered.

    Returns of money kept apart go the same way. A number never changes; no answer changes
    nothing. What is refused when it is ordered is tried again later and shown to people; what the
    gateway, asked, says failed for good waits for them: `retry_part` or `fall_back`.
    """
    async with unit_of_work(sessions) as session:
        due = await RefundQueueRepository(session).due(
            query_after_seconds=terms.query_after_seconds, limit=limit
        )
    arrived = 0
    for part_id in due:
        arrived += await push_part(sessions, gateways, owner, part_id, terms=terms)
    return Pushed(len(due), arrived)


async def push_part(
    sessions: Sessions, gateways: Gateways, owner: PlanOwner, part_id: UUID, *, terms: PaymentTerms
) -> int:
    """Order or ask about one part that was claimed: 1 when that finished it, else 0."""
    async with unit_of_work(sessions) as session:
        part = await RefundQueueRepository(session).part(
            part_id, review_after_seconds=terms.review_after_seconds
        )
    if part is None:
        return 0
    answer, is_final = await _answer(gateways, part, terms)
    return await _book(sessions, owner, part, answer, is_final=is_final)


async def refund_notice(
    sessions: Sessions,
    gateway: GatewayPort,
    owner: PlanOwner,
    part: RowMapping,
    *,
    event_id: UUID | None,
    terms: PaymentTerms,
) -> str:
    """A notice about a refund only makes us ask: the answer counts."""
    answer = await ask(gateway.query_refund(query_of(part)), terms)
    await _book(sessions, owner, part, answer, is_final=answer.state is GatewayState.FAILED)
    async with unit_of_work(sessions) as session:
        await NoticeRepository(session).note(event_id, answer.state)
    return answer.state


async def _answer(
    gateways: Gateways, part: RowMapping, terms: PaymentTerms
) -> tuple[GatewayRefund, bool]:
    """What the gateway says, and whether that is its last word.

    Ask first unless this is the first try: an order may have arrived although it seemed lost.
    """
    unknown = GatewayRefund(out_refund_no=part["out_refund_no"], state=GatewayState.UNKNOWN)
    try:
        gateway = gateway_of(gateways, part["channel"])
        if part["queries"] > 1:
            known = await ask(gateway.query_refund(query_of(part)), terms)
            if known.state is not GatewayState.NOT_FOUND:
                return known, known.state is GatewayState.FAILED
        return await _order(gateway, part, terms), False
    except GatewayRefused:
        return replace(unknown, state=GatewayState.FAILED), False
    except (GatewayUnreachable, UnknownChannel):
        return unknown, False


async def _order(gateway: GatewayPort, part: RowMapping, terms: PaymentTerms) -> GatewayRefund:
    request = RefundPayment(
        out_trade_no=part["out_trade_no"],
        out_refund_no=part["out_refund_no"],
        amount_minor=part["amount_minor"],
        total_minor=part["total_minor"],
        currency=part["currency"],
        ordered_at=part["created_at"],
        notify_url=terms.notify_url(part["channel"]),
        transaction_id=part["transaction_id"],
        reason=part["reason"],
    )
    return await ask(gateway.refund(request), terms)


def query_of(part: RowMapping) -> RefundQuery:
    return RefundQuery(
        out_trade_no=part["out_trade_no"],
        out_refund_no=part["out_refund_no"],
        ordered_at=part["created_at"],
        transaction_id=part["transaction_id"],
    )


async def _book(
    sessions: Sessions,
    owner: PlanOwner,
    part: RowMapping,
    answer: GatewayRefund,
    *,
    is_final: bool,
) -> int:
    """1 when this answer finished the part, else 0."""
    trouble = _TROUBLE.get(answer.state)
    if answer.state is not GatewayState.SUCCEEDED and not trouble and not part["is_old"]:
        return 0
    async with unit_of_work(sessions) as session:
        plan = await locked(session, owner, part["order_id"], part["plan_id"])
        queue = RefundQueueRepository(session)
        if answer.state is not GatewayState.SUCCEEDED:
            if is_final:
                await queue.fail(part["id"])
            await _flag(session, plan, trouble or ReviewKind.REFUND_UNANSWERED, part)
            return 0
        finished = await queue.finish(part["id"], answer.refund_id)
        if not finished["finished"]:
            if part["fallback"] is not None:  # it went another way, and now this way too
                await _flag(session, plan, ReviewKind.REFUNDED_TWICE, part)
            return 0
        await announce(session, owner, plan, part, finished)
        await ledger.post(session, [_journal(plan, part)])
    return 1


async def _flag(session: AsyncSession, plan: Plan, kind: ReviewKind, part: RowMapping) -> None:
    amount = (part["amount_minor"], part["currency"])
    await flag(session, plan, kind, reference=part["out_refund_no"], amount=amount)


async def announce(
    session: AsyncSession, owner: PlanOwner, plan: Plan, part: RowMapping, finished: RowMapping
) -> None:
    """Tell the owner and the world when the part was the last one of its refund."""
    if not finished["refunds"]:
        return
    refund = await RefundRepository(session).by_number(part["number"])
    if refund is not None:
        facts = (refund["number"], refund["amount_minor"])
        back = gone_back(plan, *facts, RefundState.SUCCEEDED)
        await owner.refunded(session, plan.order_id, back)
        await system.publish(session, succeeded(plan, *facts))


def _journal(plan: Plan, part: RowMapping) -> ledger.Journal:
    if part["receipt_id"] is not None:
        amount = (part["amount_minor"], part["currency"])
        return journals.given_back(plan, part["channel"], part["transaction_id"], amount)
    return refund_gateway(plan, part["channel"], part["out_refund_no"], part["amount_minor"])
