"""Time-out and cancellation against late payment (payments specification 3.4)."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import PlanState
from app.core.errors import NotFound
from app.repositories.payments.attempts import AttemptRepository
from app.repositories.payments.plans import PlanRepository
from app.services.payments.attempts import apply
from app.services.payments.calls import Gateways, close, gateway_of, query
from app.services.payments.engine.states import MAY_SUCCEED, PAID, can_still_be_paid
from app.services.payments.engine.types import Attempt, Plan
from app.services.payments.errors import AlreadyPaid
from app.services.payments.ports import CloseOutcome, GatewayPayment, GatewayState, PlanOwner
from app.services.payments.read import plan_by_id
from app.services.payments.release import release
from app.services.payments.settle import locked
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms
from app.services.payments.views import PlanView, view


async def begin_close(
    session: AsyncSession, order_id: UUID, reason: str, *, owner: PlanOwner
) -> PlanView:
    """Stop taking payment for an order, whose row the caller may already have locked.

    While an attempt could still be paid the plan is `closing`: holds are kept, no new attempt is
    made, and `finish_close` asks the gateway. Otherwise it is closed at once, every hold is given
    back and `owner.closed` called. Repeating it changes nothing. Raises `AlreadyPaid`.
    """
    await owner.lock(session, order_id)
    plan_id = await PlanRepository(session).lock_of_order(order_id)
    if plan_id is None:
        raise NotFound("No such payment plan")
    plan = await plan_by_id(session, plan_id)
    if plan.state in PAID:
        raise AlreadyPaid("Money has been taken; refund it instead")
    if plan.state is not PlanState.AWAITING:
        return view(plan)
    if can_still_be_paid(plan.attempts):
        await PlanRepository(session).begin_closing(plan_id, reason)
    else:
        await release(session, owner, plan, reason)
    return view(await plan_by_id(session, plan_id))


async def finish_close(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    plan_id: UUID,
    *,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> PlanView:
    """Close every attempt of a closing plan at its gateway, then the plan.

    A gateway that was paid already wins: the order is paid after all. A gateway that does not
    answer changes nothing; the janitor asks again.
    """
    async with unit_of_work(sessions) as session:
        plan = await plan_by_id(session, plan_id)
    if plan.state is not PlanState.CLOSING:
        return view(plan)
    for attempt in plan.attempts:
        if attempt.state in MAY_SUCCEED:
            facts = await _closed(gateways, attempt, terms)
            async with unit_of_work(sessions) as session:
                key = await AttemptRepository(session).key(attempt.id)
            if key is not None:
                await apply(sessions, gateways, owner, key, facts, terms=terms)
    async with unit_of_work(sessions) as session:
        plan = await locked(session, owner, plan.order_id, plan_id)
        await _close_if_dead(session, owner, plan)
        return view(await plan_by_id(session, plan_id))


async def _close_if_dead(session: AsyncSession, owner: PlanOwner, plan: Plan) -> None:
    if plan.state is PlanState.CLOSING and not can_still_be_paid(plan.attempts):
        await release(session, owner, plan, plan.close_reason or "closed")


async def _closed(gateways: Gateways, attempt: Attempt, terms: PaymentTerms) -> GatewayPayment:
    gateway = gateway_of(gateways, attempt.channel)
    outcome = await close(gateway, attempt.out_trade_no, terms)
    if outcome is CloseOutcome.ALREADY_PAID:
        return await query(gateway, attempt.out_trade_no, terms)
    is_closed = outcome is CloseOutcome.CLOSED
    state = GatewayState.CLOSED if is_closed else GatewayState.UNKNOWN
    return GatewayPayment(out_trade_no=attempt.out_trade_no, state=state)
