"""Parts of refunds a gateway failed for good: tried again, or paid another way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import FallbackKind, RefundState
from app.core.errors import NotFound
from app.repositories.payments.refund_fallbacks import RefundFallbackRepository
from app.repositories.payments.refund_queue import RefundQueueRepository
from app.services import ledger, system
from app.services.payments.calls import Gateways, ask, gateway_of
from app.services.payments.engine.journals_refund import refund_fallback
from app.services.payments.errors import IllegalRefundTransition, RefundNotFailed
from app.services.payments.ports import GatewayState, PlanOwner
from app.services.payments.push import announce, query_of
from app.services.payments.settle import locked
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms

GONE = frozenset({GatewayState.FAILED, GatewayState.NOT_FOUND})
"""What a gateway says of a refund that moves no money any more: it failed, or never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FallBack:
    """Where the money goes instead.

    `consent` says how the shopper agreed, `reference` names a transfer the bank made.
    """

    kind: FallbackKind
    consent: str
    reference: str | None = None


async def retry_part(sessions: Sessions, part_id: UUID, *, actor: Actor, owner: PlanOwner) -> None:
    """Order a failed part at its gateway again, under the number it has.

    What was asked for instead is forgotten. Raises `NotFound`, and `IllegalRefundTransition` when
    it has not failed.
    """
    async with unit_of_work(sessions) as session:
        part = await _failed(RefundQueueRepository(session), part_id)
        if part["out_trade_no"] is None:
            raise IllegalRefundTransition("No gateway took it: pay it back", state=part["state"])
        await locked(session, owner, part["order_id"], part["plan_id"])
        if not await RefundQueueRepository(session).retry(part_id, actor=actor.principal):
            raise IllegalRefundTransition("It has not failed", state=RefundState.PENDING)
        await RefundFallbackRepository(session).drop(part_id)
        await _record(session, actor, "payments.retry_refund", part, {})


async def fall_back(
    sessions: Sessions,
    gateways: Gateways,
    part_id: UUID,
    command: FallBack,
    *,
    actor: Actor,
    owner: PlanOwner,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> None:
    """Pay a failed part to the shopper's balance, or book what a bank transfer paid.

    The gateway is asked once more before, outside of any transaction: only when it says that
    nothing will arrive the money may go another way. What was paid by hand goes back this way
    only. More than one person may refund alone is kept until a second one agrees; the last wish
    counts. Raises `NotFound`, `IllegalRefundTransition`, `RefundNotFailed`, `UnknownChannel` and
    `GatewayUnreachable`.
    """
    part = await _asked_about(sessions, gateways, part_id, terms)
    most = terms.gives_alone(actor)
    if most is None or part["amount_minor"] <= most:
        await _settle(sessions, part, command, actor=actor, owner=owner)
        return
    wish = {"kind": command.kind, "reference": command.reference, "consent": command.consent}
    async with unit_of_work(sessions) as session:
        await locked(session, owner, part["order_id"], part["plan_id"])
        await _failed(RefundQueueRepository(session), part_id)
        fallbacks = RefundFallbackRepository(session)
        await fallbacks.ask(part_id, {**wish, "asked_by": actor.principal})
        await _record(session, actor, "payments.ask_fallback", part, wish)


async def approve_fallback(
    sessions: Sessions,
    gateways: Gateways,
    part_id: UUID,
    *,
    actor: Actor,
    owner: PlanOwner,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> None:
    """Agree to what another person asked: as `fall_back`, which it then is.

    Raises what that raises, `SecondPersonNeeded` for who asked, and `IllegalRefundTransition` when
    nobody did.
    """
    part = await _asked_about(sessions, gateways, part_id, terms)
    await _settle(sessions, part, None, actor=actor, owner=owner)


async def _asked_about(
    sessions: Sessions, gateways: Gateways, part_id: UUID, terms: PaymentTerms
) -> RowMapping:
    """A failed part of which the gateway says that nothing will arrive."""
    async with unit_of_work(sessions) as session:
        part = await _failed(RefundQueueRepository(session), part_id)
    if part["refund_id"] is None:
        raise IllegalRefundTransition("It is nobody's refund", state=part["state"])
    if part["out_trade_no"] is not None:
        gateway = gateway_of(gateways, part["channel"])
        answer = await ask(gateway.query_refund(query_of(part)), terms)
        if answer.state not in GONE:
            raise RefundNotFailed("The gateway may still give it back", state=answer.state)
    return part


async def _settle(
    sessions: Sessions,
    part: RowMapping,
    command: FallBack | None,
    *,
    actor: Actor,
    owner: PlanOwner,
) -> None:
    """The money goes the other way; without a command the way that was asked for."""
    part_id = part["id"]
    async with unit_of_work(sessions) as session:
        plan = await locked(session, owner, part["order_id"], part["plan_id"])
        if command is None:
            command = await _agreed(session, part, actor)
        finished = await RefundQueueRepository(session).fall_back(
            part_id,
            {
                "fallback": command.kind,
                "fallback_reference": command.reference,
                "consent": command.consent,
                "settled_by": actor.principal,
            },
        )
        if not finished["finished"]:
            raise IllegalRefundTransition("It has not failed", state=RefundState.SUCCEEDED)
        await announce(session, owner, plan, part, finished)
        changes = {"fallback": command.kind, "amount_minor": part["amount_minor"]}
        await _record(session, actor, "payments.fall_back", part, changes)
        journal = refund_fallback(plan, command.kind, part["out_refund_no"], part["amount_minor"])
        await ledger.post(session, [journal], actor=actor)


async def _agreed(session: AsyncSession, part: RowMapping, actor: Actor) -> FallBack:
    fallbacks = RefundFallbackRepository(session)
    wish = await fallbacks.asked(part["id"])
    if wish is None:
        raise IllegalRefundTransition("Nobody asked for another way", state=part["state"])
    actor.require_other_than(wish["asked_by"])
    await fallbacks.approve(part["id"], actor=actor.principal)
    kind = FallbackKind(wish["kind"])
    return FallBack(kind=kind, consent=wish["consent"], reference=wish["reference"])


async def _failed(queue: RefundQueueRepository, part_id: UUID) -> RowMapping:
    part = await queue.part(part_id)
    if part is None:
        raise NotFound("No such part of a refund")
    if part["state"] != RefundState.FAILED:
        raise IllegalRefundTransition("It has not failed", state=part["state"])
    return part


async def _record(
    session: AsyncSession, actor: Actor, what: str, part: RowMapping, changes: Mapping[str, Any]
) -> None:
    named = {"out_refund_no": part["out_refund_no"], **changes}
    await system.record(session, actor, what, "refund_part", part["id"], named)
