"""Chargebacks: while the bank asks for the money, nothing is refunded; a lost one is a refund."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import (
    DisputeState,
    RefundKind,
    RefundPolicy,
    RefundReason,
    RefundState,
)
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.repositories.payments.disputes import DisputeRepository
from app.repositories.payments.refunds import RefundRepository
from app.services import system
from app.services.payments.engine.attribution import SHIPPING, Cells, Span
from app.services.payments.engine.order_standing import OrderStanding
from app.services.payments.engine.refunding import Standing, Take
from app.services.payments.engine.states import PAID
from app.services.payments.errors import (
    IllegalDisputeTransition,
    RefundExceeds,
    RefundRefused,
)
from app.services.payments.ports import PlanOwner
from app.services.payments.read import plan_by_id
from app.services.payments.refund import NewRefund, record_refund
from app.services.payments.refund_standing import locked_standing


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDispute:
    """What a gateway says its payer's bank asks for. `reference` is the case's name there."""

    plan_id: UUID
    reference: str
    amount_minor: int
    reason: str


async def open_dispute(
    session: AsyncSession, command: OpenDispute, *, actor: Actor, owner: PlanOwner
) -> RowMapping:
    """Note that a payment is disputed: refunds of it are refused until that is closed.

    Refunds that wait for a second person are given up. Raises `NotFound`, `RefundRefused` for a
    plan that took no money through a gateway, `RefundExceeds` for more than the gateway has left
    of it beside what is disputed already, and `AlreadyExists` for a reference that is known.
    """
    known = await plan_by_id(session, command.plan_id)
    found = await locked_standing(session, known.order_id, owner=owner)
    plan = found.plan
    if plan.gateway is None or plan.gateway.channel is None or plan.state not in PAID:
        raise RefundRefused("No gateway took money for it", state=plan.state)
    for refund_id in found.waiting:
        await RefundRepository(session).close(
            refund_id, RefundState.CANCELLED, actor=actor.principal, reason="disputed"
        )
    if found.waiting:
        found = await locked_standing(session, plan.order_id, owner=owner)
    left = _gateway_left(found) - await DisputeRepository(session).open_minor(plan.id)
    if command.amount_minor > left:
        raise RefundExceeds("The gateway has less left of it", refundable_minor=left)
    row = await DisputeRepository(session).open(
        {
            "id": new_id(),
            "order_id": plan.order_id,
            "plan_id": plan.id,
            "member_id": plan.member_id,
            "channel": plan.gateway.channel,
            "reference": command.reference,
            "currency": plan.currency,
            "amount_minor": command.amount_minor,
            "reason": command.reason,
            "opened_by": actor.principal,
        }
    )
    if row is None:
        raise AlreadyExists("The dispute is known", field="reference")
    await _record(session, actor, "payments.open_dispute", row)
    return row


async def close_dispute(
    session: AsyncSession,
    dispute_id: UUID,
    outcome: DisputeState,
    *,
    version: int,
    actor: Actor,
    owner: PlanOwner,
) -> RowMapping:
    """Say what became of it.

    Money of a lost one is gone from the gateway: it is booked as a refund that has arrived, so that
    no more than was paid ever goes back.

    Raises `NotFound`, `StaleVersion` and `IllegalDisputeTransition` when it is not open.
    """
    if outcome is DisputeState.OPEN:
        raise InvalidReference("Say whether it was won or lost")
    disputes = DisputeRepository(session)
    known = await disputes.read(dispute_id)
    if known is None:
        raise NotFound("No such dispute")
    found = await locked_standing(session, known["order_id"], owner=owner)
    row = await disputes.read(dispute_id)
    if row is None or row["state"] != DisputeState.OPEN:
        raise IllegalDisputeTransition("It is closed", state=row["state"] if row else None)
    if row["version"] != version:
        raise StaleVersion("Look at it again", version=row["version"])
    refund_id = None
    if outcome is DisputeState.LOST:
        command = NewRefund(
            kind=RefundKind.CHARGEBACK,
            reason_code=RefundReason.CHARGEBACK,
            reason=row["reason"],
            takes=(Take((_everything(found),), row["amount_minor"]),),
        )
        gateway_only = _of_the_gateway(found)
        refund = await record_refund(session, gateway_only, command, owner=owner, actor=actor)
        refund_id = refund.id
    closed = await disputes.close(dispute_id, outcome, actor=actor.principal, refund_id=refund_id)
    if closed is None:
        raise IllegalDisputeTransition("It is closed", state=None)
    await _record(session, actor, "payments.close_dispute", closed)
    return closed


async def list_disputes(
    session: AsyncSession,
    *,
    after: UUID | None,
    limit: int,
    state: DisputeState | None,
    order_id: UUID | None,
) -> list[Row[Any]]:
    """One dispute more than `limit`, newest first."""
    return await DisputeRepository(session).find(
        limit=limit + 1, after=after, state=state, order_id=order_id
    )


def _gateway_left(found: OrderStanding) -> int:
    gateway = found.plan.gateway
    return 0 if gateway is None else gateway.amount_minor - gateway.refunded_minor


def _everything(found: OrderStanding) -> tuple[Span, ...]:
    return (*found.left.goods, SHIPPING)


def _of_the_gateway(found: OrderStanding) -> OrderStanding:
    """The same order with nothing left but what its gateway took: the bank takes no points."""
    places = [place for place, each in enumerate(found.plan.tenders) if each == found.plan.gateway]
    left = found.left
    cells = left.left
    if left.policy is RefundPolicy.ATTRIBUTED:
        cells = tuple(
            Cells(each.span, tuple(m if p in places else 0 for p, m in enumerate(each.minor)))
            for each in cells
        )
    tenders = tuple(m if p in places else 0 for p, m in enumerate(left.tenders))
    return replace(found, left=Standing(left.policy, cells, tenders))


async def _record(session: AsyncSession, actor: Actor, what: str, row: RowMapping) -> None:
    changes = {
        "reference": row["reference"],
        "amount_minor": row["amount_minor"],
        "state": row["state"],
    }
    await system.record(session, actor, what, "payment_dispute", row["id"], changes)
