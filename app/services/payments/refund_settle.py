"""Refunds that wait for a second person: approved, rejected, given up."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import RefundKind, RefundState
from app.core.errors import StaleVersion
from app.repositories.payments.refunds import RefundRepository
from app.services import system
from app.services.payments.carry_out import Decision, carry_out
from app.services.payments.engine.order_standing import OrderStanding
from app.services.payments.errors import IllegalRefundTransition
from app.services.payments.ports import PlanOwner
from app.services.payments.refund_read import read_refund, refund_row
from app.services.payments.refund_standing import locked_standing
from app.services.payments.refund_views import RefundView


async def approve_refund(
    session: AsyncSession, refund_id: UUID, *, version: int, actor: Actor, owner: PlanOwner
) -> RefundView:
    """Let a waiting refund go back, as a second person.

    Raises `NotFound`, `StaleVersion`, `IllegalRefundTransition` when it does not wait,
    `SecondPersonNeeded` for who asked for it, and `DisputeOpen`.
    """
    found, row = await _waiting(session, refund_id, version, owner)
    actor.require_other_than(row["actor"])
    found.require_refundable()
    tenders = {each.id: each for each in found.plan.tenders}
    decision = Decision(
        refund_id=refund_id,
        number=row["number"],
        amount_minor=row["amount_minor"],
        reason=row["reason"],
        parts=[(tenders[UUID(each["tender_id"])], each["amount_minor"]) for each in row["parts"]],
        cells=found.cells_of(refund_id),
        settled_by=actor.principal,
        is_gone=row["kind"] == RefundKind.CHARGEBACK,
        others_open=found.has_pending or set(found.waiting) != {refund_id},
        left_minor=found.left.total_minor,
        postage_given_minor=row["postage_given_minor"],
        postage_kept_minor=row["postage_kept_minor"],
    )
    await carry_out(session, found, decision, owner=owner, actor=actor)
    await _record(session, actor, "payments.approve_refund", row)
    return await read_refund(session, refund_id)


async def reject_refund(
    session: AsyncSession,
    refund_id: UUID,
    *,
    version: int,
    reason: str,
    actor: Actor,
    owner: PlanOwner,
) -> RefundView:
    """Refuse a waiting refund, or give up one's own: what it asked for is free again.

    Where it brought no money and nothing else is left, the plan is refunded with that.

    Raises `NotFound`, `StaleVersion` and `IllegalRefundTransition`.
    """
    found, row = await _waiting(session, refund_id, version, owner)
    state = RefundState.CANCELLED if actor.is_any_of(row["actor"]) else RefundState.REJECTED
    refunds = RefundRepository(session)
    await refunds.close(refund_id, state, actor=actor.principal, reason=reason)
    if await refunds.settle_plan(found.plan.id):
        await owner.refunded(session, found.plan.order_id, {})
    await _record(session, actor, "payments.reject_refund", row)
    return await read_refund(session, refund_id)


async def _waiting(
    session: AsyncSession, refund_id: UUID, version: int, owner: PlanOwner
) -> tuple[OrderStanding, RowMapping]:
    """A waiting refund, read under the locks of its order and plan."""
    known = await refund_row(session, refund_id)
    found = await locked_standing(session, known["order_id"], owner=owner)
    row = await refund_row(session, refund_id)
    if row["state"] != RefundState.WAITING:
        raise IllegalRefundTransition("It does not wait for anybody", state=row["state"])
    if row["version"] != version:
        raise StaleVersion("Look at it again", version=row["version"])
    return found, row


async def _record(session: AsyncSession, actor: Actor, what: str, row: RowMapping) -> None:
    changes = {"number": row["number"], "amount_minor": row["amount_minor"]}
    await system.record(session, actor, what, "refund", row["id"], changes)
