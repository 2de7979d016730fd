"""Giving back everything an order paid: ours at once, the gateway's part pending."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.payments import PlanState, RefundState, TenderKind
from app.core.errors import NotFound
from app.core.ids import new_id, new_number
from app.repositories.payments.plans import PlanRepository
from app.repositories.payments.refunds import RefundRepository
from app.repositories.payments.sources import SourceRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.engine.points import renewed
from app.services.payments.engine.states import PAID
from app.services.payments.engine.types import Plan, Tender
from app.services.payments.errors import RefundExceeds, RefundRefused
from app.services.payments.events import RefundSucceeded
from app.services.payments.ports import PlanOwner
from app.services.payments.read import plan_by_id
from app.services.payments.views import RefundPart, RefundView


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    id: UUID
    number: str
    amount_minor: int
    state: RefundState
    reason: str


async def refund_all(
    session: AsyncSession,
    order_id: UUID,
    *,
    reason: str,
    actor: Actor | None,
    owner: PlanOwner,
    number: str | None = None,
) -> RefundView:
    """Decide to give back whatever a paid order has not given back yet.

    Gift cards, points and balance return at once, points to their lots; value that would expire
    soon is extended by a grace. The gateway's part stays pending until `push_refunds` has an
    answer. `owner.refunded` is called when the plan's state moves. `number` is the idempotency
    key: a known one returns its refund. Raises `RefundRefused` before payment and
    `RefundExceeds` when nothing is left.
    """
    await owner.lock(session, order_id)
    plan_id = await PlanRepository(session).lock_of_order(order_id)
    if plan_id is None:
        raise NotFound("No such payment plan")
    plan = await plan_by_id(session, plan_id)
    refunds = RefundRepository(session)
    known = await refunds.by_number(number) if number else None
    if known is not None and known["order_id"] == order_id:
        return refund_view(known)
    if plan.state not in PAID:
        raise RefundRefused("The order has not been paid", state=plan.state)
    decision = _decide(plan, number or new_number("R", clock.now()), reason)
    await refunds.insert(
        {
            "id": decision.id,
            "number": decision.number,
            "order_id": order_id,
            "plan_id": plan.id,
            "member_id": plan.member_id,
            "currency": plan.currency,
            "amount_minor": decision.amount_minor,
            "state": decision.state,
            "reason": reason,
            "actor": actor.principal if actor else None,
            "plan_state": _state_after(plan, decision),
        },
        [_part(plan, decision, tender) for tender in _left(plan)],
    )
    await _return_internal(session, owner, plan, decision, actor=actor)
    row = await refunds.by_number(decision.number)
    if row is None:
        raise NotFound("No such refund")
    return refund_view(row)


async def list_refunds_of(session: AsyncSession, order_id: UUID) -> tuple[RefundView, ...]:
    return tuple(refund_view(row) for row in await RefundRepository(session).of_order(order_id))


def refund_view(row: RowMapping) -> RefundView:
    return RefundView(
        id=row["id"],
        number=row["number"],
        order_id=row["order_id"],
        plan_id=row["plan_id"],
        currency=row["currency"],
        amount_minor=row["amount_minor"],
        state=RefundState(row["state"]),
        reason=row["reason"],
        parts=tuple(_part_view(each) for each in row["parts"] or ()),
    )


def _part_view(row: Mapping[str, Any]) -> RefundPart:
    return RefundPart(
        tender_id=UUID(row["tender_id"]),
        amount_minor=row["amount_minor"],
        points=row["points"],
        state=RefundState(row["state"]),
        channel=row["channel"],
        out_refund_no=row["out_refund_no"],
    )


def _left(plan: Plan) -> tuple[Tender, ...]:
    return tuple(each for each in plan.tenders if each.refunded_minor < each.amount_minor)


def _decide(plan: Plan, number: str, reason: str) -> _Decision:
    left = _left(plan)
    if not left:
        raise RefundExceeds("Everything has been given back already", refundable_minor=0)
    has_gateway = any(each.kind is TenderKind.GATEWAY for each in left)
    return _Decision(
        id=new_id(),
        number=number,
        amount_minor=sum(each.amount_minor - each.refunded_minor for each in left),
        state=RefundState.PENDING if has_gateway else RefundState.SUCCEEDED,
        reason=reason,
    )


def _state_after(plan: Plan, decision: _Decision) -> PlanState:
    if decision.state is RefundState.SUCCEEDED:
        return PlanState.REFUNDED
    has_returned = any(each.kind is not TenderKind.GATEWAY for each in _left(plan))
    return PlanState.PARTLY_REFUNDED if has_returned else plan.state


def _part(plan: Plan, decision: _Decision, tender: Tender) -> dict[str, Any]:
    is_gateway = tender.kind is TenderKind.GATEWAY
    position = plan.tenders.index(tender) + 1
    paid = next((a for a in plan.attempts if a.state == "succeeded"), None)
    return {
        "id": new_id(),
        "tender_id": tender.id,
        "amount_minor": tender.amount_minor - tender.refunded_minor,
        "points": tender.points,
        "state": RefundState.PENDING if is_gateway else RefundState.SUCCEEDED,
        "channel": tender.channel if is_gateway else None,
        "out_trade_no": paid.out_trade_no if is_gateway and paid else None,
        "out_refund_no": f"{decision.number}-{position}" if is_gateway else None,
    }


async def _return_internal(
    session: AsyncSession,
    owner: PlanOwner,
    plan: Plan,
    decision: _Decision,
    *,
    actor: Actor | None,
) -> None:
    if _state_after(plan, decision) is not plan.state:
        await owner.refunded(session, plan.order_id)
    if decision.state is RefundState.SUCCEEDED:
        await system.publish(
            session,
            RefundSucceeded(
                order_id=plan.order_id,
                plan_id=plan.id,
                number=decision.number,
                currency=plan.currency,
                amount_minor=decision.amount_minor,
            ),
        )
    internal = [each for each in _left(plan) if each.kind is not TenderKind.GATEWAY]
    await _renew_cards(session, [each.gift_card_id for each in internal if each.gift_card_id])
    if any(each.points for each in internal):
        await _restore_points(session, plan.id)
    posted = [
        journals.refund_decided(plan, decision.number, decision.amount_minor, decision.reason)
    ]
    if returned := journals.refund_internal(plan, decision.number, internal):
        posted.append(returned)
    await ledger.post(session, posted, actor=actor)


async def _renew_cards(session: AsyncSession, ids: list[UUID]) -> None:
    refunds = RefundRepository(session)
    rows = await refunds.cards(ids) if ids else []
    await refunds.renew(
        [{"id": row["id"], "expires_at": renewed(row["expires_at"], row["at"])} for row in rows]
    )


async def _restore_points(session: AsyncSession, plan_id: UUID) -> None:
    sources = SourceRepository(session)
    uses = await sources.uses(plan_id)
    await sources.restore(
        plan_id,
        [(row["lot_id"], row["quantity"], renewed(row["expires_at"], row["at"])) for row in uses],
    )
