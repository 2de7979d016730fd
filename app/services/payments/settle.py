"""What a gateway says about a payment, applied: the second transaction of the saga.

Every way in (notice, query, close) ends here, under the locks of the order and its plan.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import AttemptState, PlanState, ReceiptOutcome, ReviewKind, TenderState
from app.core.errors import NotFound
from app.core.ids import named_id, new_id
from app.core.money import MAX_MINOR
from app.repositories.payments.attempts import AttemptRepository
from app.repositories.payments.notices import NoticeRepository
from app.repositories.payments.plans import PlanRepository
from app.repositories.payments.sources import SourceRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.engine.states import (
    MISMATCHES,
    OPEN,
    Verdict,
    can_still_be_paid,
    join,
    judge,
)
from app.services.payments.engine.types import Attempt, Plan
from app.services.payments.events import MoneyKeptApart, PaymentReviewNeeded
from app.services.payments.open import captured
from app.services.payments.ports import GatewayPayment, GatewayState, PlanOwner
from app.services.payments.release import release
from app.services.payments.views import plan_of

_NEWS = {
    GatewayState.PENDING: AttemptState.PENDING,
    GatewayState.FAILED: AttemptState.FAILED,
    GatewayState.CLOSED: AttemptState.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """`outcome` is a `Verdict` or the attempt's state; `superseded` should be closed out there."""

    outcome: str
    superseded: tuple[Attempt, ...] = ()


async def locked(session: AsyncSession, owner: PlanOwner, order_id: UUID, plan_id: UUID) -> Plan:
    """The plan with order and plan locked, in that order; read after both."""
    await owner.lock(session, order_id)
    repository = PlanRepository(session)
    await repository.lock(plan_id)
    row = await repository.read(plan_id)
    if row is None:
        raise NotFound("No such payment plan")
    return plan_of(row)


async def settle(
    session: AsyncSession,
    owner: PlanOwner,
    plan: Plan,
    attempt_id: UUID,
    facts: GatewayPayment,
    *,
    event_id: UUID | None = None,
) -> Settled:
    """Apply `facts` to a locked plan. Repeats and any order of news lead to the same state.

    A success captures every tender in one journal and calls `owner.paid`; money that pays nothing
    is kept in suspense and goes back. A failure never takes back a success.
    """
    attempt = next(each for each in plan.attempts if each.id == attempt_id)
    if facts.state is GatewayState.SUCCEEDED:
        return await _succeeded(session, owner, plan, attempt, facts, event_id=event_id)
    news = _NEWS.get(facts.state)
    state = join(attempt.state, news) if news else attempt.state
    if state is not attempt.state:
        await AttemptRepository(session).move(attempt.id, state)
    await NoticeRepository(session).note(event_id, state)
    others = [each for each in plan.attempts if each.id != attempt.id]
    is_dead = state is AttemptState.CLOSED and not can_still_be_paid(others)
    if plan.state is PlanState.CLOSING and is_dead:
        await release(session, owner, plan, plan.close_reason or "closed")
    return Settled(state)


async def flag(
    session: AsyncSession,
    plan: Plan,
    kind: ReviewKind,
    *,
    reference: str = "",
    amount: tuple[int | None, str | None] = (None, None),
) -> None:
    """Have people look at a locked plan; published once while the matter is open.

    `reference` names the matter where a plan may have several of its kind; `amount` is in minor
    units of the currency beside it.
    """
    amount_minor, currency = amount
    about = {"reference": reference, "amount_minor": amount_minor, "currency": currency}
    if await PlanRepository(session).review(plan.id, kind, about):
        await system.publish(
            session, PaymentReviewNeeded(order_id=plan.order_id, plan_id=plan.id, reason=kind)
        )


async def _succeeded(
    session: AsyncSession,
    owner: PlanOwner,
    plan: Plan,
    attempt: Attempt,
    facts: GatewayPayment,
    *,
    event_id: UUID | None,
) -> Settled:
    amount_minor, currency = facts.amount_minor or 0, facts.currency or ""
    transaction_id = facts.transaction_id or ""
    is_money = 0 < amount_minor <= MAX_MINOR and len(currency) == len("CNY")
    if not transaction_id or not is_money:
        await flag(session, plan, ReviewKind.UNREADABLE_AMOUNT)
        await NoticeRepository(session).note(event_id, Verdict.AMOUNT_MISMATCH)
        return Settled(Verdict.AMOUNT_MISMATCH)
    verdict = judge(
        plan, attempt, transaction_id=transaction_id, amount_minor=amount_minor, currency=currency
    )
    if verdict is Verdict.DUPLICATE:
        await NoticeRepository(session).note(event_id, verdict)
        return Settled(verdict)
    receipt = _receipt(plan, attempt, facts, verdict, event_id)
    if verdict is Verdict.PAID:
        return await _capture(session, owner, plan, attempt, receipt)
    return await _keep_apart(session, plan, attempt, verdict, receipt)


async def _capture(
    session: AsyncSession, owner: PlanOwner, plan: Plan, attempt: Attempt, receipt: dict[str, Any]
) -> Settled:
    agreed = {"instalments": attempt.instalments, "fee_bearer": attempt.fee_bearer}
    if not await AttemptRepository(session).capture(receipt | agreed):
        return Settled(Verdict.DUPLICATE)
    await system.publish(session, captured(plan))
    if plan.points:
        await SourceRepository(session).settle(plan.id, TenderState.CAPTURED)
    received = journals.clearing(attempt.channel, plan.currency)
    await ledger.post(session, [journals.capture(plan, received)])
    await owner.paid(session, plan.order_id)
    others = (each for each in plan.attempts if each.id != attempt.id and each.state in OPEN)
    return Settled(Verdict.PAID, tuple(others))


async def _keep_apart(
    session: AsyncSession, plan: Plan, attempt: Attempt, verdict: Verdict, receipt: dict[str, Any]
) -> Settled:
    channel, transaction_id = attempt.channel, str(receipt["transaction_id"])
    amount = (int(receipt["amount_minor"]), str(receipt["currency"]))
    number = named_id("return", channel, transaction_id).hex
    ordered = receipt | {
        "refund_id": new_id(),
        "out_trade_no": attempt.out_trade_no,
        "out_refund_no": number,
    }
    if not await AttemptRepository(session).keep_apart(ordered):
        return Settled(Verdict.DUPLICATE)
    if verdict in MISMATCHES:
        await flag(session, plan, ReviewKind(verdict), reference=transaction_id, amount=amount)
    await system.publish(
        session,
        MoneyKeptApart(
            order_id=plan.order_id,
            plan_id=plan.id,
            channel=channel,
            transaction_id=transaction_id,
            amount_minor=amount[0],
            currency=amount[1],
            reason=verdict,
        ),
    )
    await ledger.post(session, [journals.kept_apart(plan, channel, transaction_id, amount)])
    return Settled(verdict)


def _receipt(
    plan: Plan, attempt: Attempt, facts: GatewayPayment, verdict: Verdict, event_id: UUID | None
) -> dict[str, Any]:
    is_paid = verdict is Verdict.PAID
    return {
        "receipt_id": new_id(),
        "channel": attempt.channel,
        "transaction_id": facts.transaction_id,
        "attempt_id": attempt.id,
        "plan_id": plan.id,
        "member_id": plan.member_id,
        "amount_minor": facts.amount_minor,
        "currency": facts.currency,
        "outcome": ReceiptOutcome.CAPTURED if is_paid else ReceiptOutcome.SUSPENSE,
        "reason": None if is_paid else verdict.value,
        "event_id": event_id,
        "verdict": verdict.value,
    }
