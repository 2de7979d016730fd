"""Asking a gateway to collect: starting an attempt, and replacing one by another."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessions, single_statement, unit_of_work
from app.core.enums.payments import AttemptState, PlanState
from app.core.json import dump
from app.repositories.payments.attempts import AttemptRepository
from app.services.payments.actions import Action
from app.services.payments.calls import Gateways, ask, close, close_all, gateway_of, query
from app.services.payments.engine.instalments import agreed
from app.services.payments.engine.routing import Sale
from app.services.payments.engine.states import OPEN, PAID
from app.services.payments.engine.types import Attempt, PayWith, Plan
from app.services.payments.errors import AlreadyPaid, NotAwaitingPayment
from app.services.payments.open import new_attempt_of
from app.services.payments.ports import (
    CloseOutcome,
    CreatePayment,
    GatewayPayment,
    GatewayPort,
    GatewayRefused,
    GatewayState,
    GatewayUnreachable,
    PlanOwner,
)
from app.services.payments.read import plan_by_id, plan_of_order
from app.services.payments.requests import routed
from app.services.payments.settle import Settled, locked, settle
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms
from app.services.payments.views import PlanView, view

ACTION_LIFE = timedelta(minutes=4)
"""Some gateways' links run out five minutes after they were made."""


async def start_attempt(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    plan: PlanView,
    *,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> PlanView:
    """Create the payment at the gateway and store what the client needs in order to pay.

    `plan` is what was committed or read a moment ago, so nothing is read again; its number stays
    the same, so a creation that is repeated is the same payment. Where an answer was lost the
    gateway is asked before anything is created. When it does not answer, the attempt stays open
    without an action. A plan whose attempt needs no start is returned as it is; an action that
    may have run out is asked for again, under the same number.
    """
    attempt = plan.attempt
    if attempt is None or attempt.state not in OPEN or _is_ready(attempt):
        return plan
    gateway = gateway_of(gateways, attempt.channel)
    if attempt.state is AttemptState.PENDING:
        facts = await query(gateway, attempt.out_trade_no, terms)
        if facts.state is not GatewayState.NOT_FOUND:
            key = {"attempt_id": attempt.id, "order_id": plan.order_id, "plan_id": plan.id}
            await apply(sessions, gateways, owner, key, facts, terms=terms)
            if facts.state is not GatewayState.PENDING:
                async with unit_of_work(sessions) as session:
                    return view(await plan_by_id(session, plan.id))
    return await _create(sessions, gateway, plan, attempt, terms)


async def new_attempt(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    order_id: UUID,
    channel: str,
    pay_with: PayWith | None = None,
    *,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> PlanView:
    """Let the shopper try again, perhaps through another channel or in another scene.

    Without `pay_with` it is paid as was asked last. An open attempt of the same channel that is to
    be paid the same way is used again, under its number. Another one is closed at its gateway
    first, so that one order is not paid twice. Raises `AlreadyPaid`, `NotAwaitingPayment`,
    `UnknownChannel`, `SceneUnsupported`, `PayerMissing`, `InstalmentsNotOffered` and, when the old
    attempt cannot be closed now, `GatewayUnreachable`.
    """
    async with unit_of_work(sessions) as session:
        plan = await plan_of_order(session, order_id)
    check_payable(plan)
    latest = max(plan.attempts, key=lambda each: each.id)
    last = latest.pay_with
    # Who names the account goes on as it was chosen.
    method = last.method if channel == latest.channel else channel
    pay_with = replace((pay_with or last).of_order(last), method=method or channel)
    channel = routed(channel, pay_with, sale_of_plan(plan, pay_with), terms)
    old = plan.open_attempt
    if old is not None and old.channel == channel and old.pay_with.is_as(pay_with):
        return await start_attempt(sessions, gateways, owner, view(plan), terms=terms)
    due_minor = plan.gateway.amount_minor if plan.gateway else 0
    chosen = agreed(terms.instalments(channel), pay_with.instalments, plan.currency, due_minor)
    pay_with = pay_with.by(chosen)
    if old is not None:
        await close_attempt(sessions, gateways, owner, plan, old, terms=terms)
    async with unit_of_work(sessions) as session:
        plan = await locked(session, owner, order_id, plan.id)
        check_payable(plan)
        if plan.open_attempt is None:
            attempt = await _insert(session, plan, channel, pay_with, terms=terms)
            plan = replace(plan, attempts=(*plan.attempts, attempt))
    return await start_attempt(sessions, gateways, owner, view(plan), terms=terms)


async def apply(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    key: Mapping[str, Any] | RowMapping,
    facts: GatewayPayment,
    *,
    terms: PaymentTerms,
    event_id: UUID | None = None,
) -> Settled:
    """`settle` in a transaction of its own, then close at the gateway what it made superfluous."""
    async with unit_of_work(sessions) as session:
        plan = await locked(session, owner, key["order_id"], key["plan_id"])
        settled = await settle(session, owner, plan, key["attempt_id"], facts, event_id=event_id)
    await close_all(gateways, settled.superseded, terms)
    return settled


async def _create(
    sessions: Sessions,
    gateway: GatewayPort,
    plan: PlanView,
    attempt: Attempt,
    terms: PaymentTerms,
) -> PlanView:
    request = CreatePayment(
        out_trade_no=attempt.out_trade_no,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        expires_at=attempt.expires_at,
        subject=attempt.pay_with.subject or terms.subject,
        notify_url=terms.notify_url(attempt.channel),
        scene=attempt.pay_with.scene,
        payer_id=attempt.pay_with.payer_id,
        client_ip=attempt.pay_with.client_ip,
        return_url=terms.return_to(plan.order_id),
        instalments=attempt.pay_with.instalments,
        fee_bearer=attempt.pay_with.fee_bearer,
    )
    action: Action | None = None
    state = AttemptState.PENDING
    try:
        action = await ask(gateway.create(request), terms)
    except GatewayUnreachable:
        pass  # pending without an action: unknown, so the next try asks first
    except GatewayRefused:
        state = AttemptState.FAILED
    async with single_statement(sessions) as session:
        attempts = AttemptRepository(session)
        if state is AttemptState.FAILED:
            await attempts.fail(attempt.id)
        else:
            started = await attempts.started(
                attempt.id, action, query_after_seconds=terms.query_after_seconds
            )
            if started is not None:  # nobody ended it meanwhile, so nothing else has changed
                return replace(
                    plan,
                    state=PlanState(started.plan_state),
                    in_review=started.in_review,
                    attempt=replace(attempt, state=state, action=started.action),
                )
    async with unit_of_work(sessions) as session:
        found = await plan_by_id(session, plan.id)
    now = next(each for each in found.attempts if each.id == attempt.id)
    if now.state is AttemptState.CLOSED:  # the order was closed meanwhile
        await close(gateway, attempt.out_trade_no, terms)
    return view(found)


async def close_attempt(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    plan: Plan,
    old: Attempt,
    *,
    terms: PaymentTerms,
) -> None:
    """Have its gateway take nothing more for an attempt; what it took already is applied.

    Raises `UnknownChannel`, and `GatewayUnreachable` where nobody knows.
    """
    gateway = gateway_of(gateways, old.channel)
    outcome = await close(gateway, old.out_trade_no, terms)
    facts = GatewayPayment(out_trade_no=old.out_trade_no, state=GatewayState.CLOSED)
    if outcome is CloseOutcome.ALREADY_PAID:
        facts = await query(gateway, old.out_trade_no, terms)
    if outcome is CloseOutcome.UNKNOWN or facts.state is GatewayState.UNKNOWN:
        raise GatewayUnreachable(
            "The payment under way cannot be closed yet", retry_after_seconds=5
        )
    key = {"attempt_id": old.id, "order_id": plan.order_id, "plan_id": plan.id}
    await apply(sessions, gateways, owner, key, facts, terms=terms)


def sale_of_plan(plan: Plan, pay_with: PayWith) -> Sale:
    """What decides which account takes it, as far as its attempts keep it."""
    return Sale(
        currency=plan.currency,
        channel_id=UUID(pay_with.sold_in) if pay_with.sold_in else None,
        merchant_ids=frozenset(UUID(each) for each in pay_with.sold_by),
    )


def _is_ready(attempt: Attempt) -> bool:
    is_fresh = attempt.told_at is None or clock.now() - attempt.told_at < ACTION_LIFE
    return attempt.action is not None and is_fresh


def check_payable(plan: Plan) -> None:
    """Raise `AlreadyPaid`, or `NotAwaitingPayment` for a plan that waits for no gateway."""
    if plan.state in PAID:
        raise AlreadyPaid("Nothing is left to pay")
    if plan.state is not PlanState.AWAITING or plan.gateway is None:
        raise NotAwaitingPayment("The order takes no payment any more", state=plan.state)


async def _insert(
    session: AsyncSession, plan: Plan, channel: str, pay_with: PayWith, *, terms: PaymentTerms
) -> Attempt:
    expires_at = max(each.expires_at for each in plan.attempts)
    attempt = new_attempt_of(plan, channel, expires_at, pay_with)
    row = asdict(attempt) | {
        "plan_id": plan.id,
        "member_id": plan.member_id,
        "pay_with": dump(asdict(pay_with)),
    }
    await AttemptRepository(session).insert(
        {name: value for name, value in row.items() if name not in {"state", "action", "told_at"}},
        query_after_seconds=terms.query_after_seconds,
    )
    return attempt
