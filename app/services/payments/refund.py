"""Recording a refund: what it takes is kept from others at once, and given back when decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.payments import (
    OWN_KINDS,
    RefundKind,
    RefundReason,
    RefundState,
    TenderKind,
)
from app.core.ids import new_id, new_number
from app.core.json import dump_bytes
from app.repositories.payments.refunds import RefundRepository
from app.services.payments.carry_out import Decision, carry_out
from app.services.payments.engine.attribution import SHIPPING, Span
from app.services.payments.engine.order_standing import OrderStanding, not_returned, without
from app.services.payments.engine.refunding import Split, Take, split
from app.services.payments.engine.types import Plan, Tender
from app.services.payments.errors import RefundExceeds, RefundNumberUsed
from app.services.payments.ports import PlanOwner
from app.services.payments.refund_read import read_refund
from app.services.payments.refund_standing import locked_standing
from app.services.payments.refund_views import RefundView, refund_view


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefund:
    """What to give back: `takes` of money, `units` that come back with it.

    `number` is the idempotency key. One that `waits` for a second person keeps what it asks for
    from others and gives nothing back. `withheld_minor` stays with us for gifts that stay with the
    shopper, by line `withheld_for`. Of what sending goods back cost, `postage_given_minor` goes to
    the balance besides, or `postage_kept_minor` is kept from what goes back, as far as there is
    money. `request` is kept to tell a repeat from another refund.
    """

    kind: RefundKind
    reason_code: RefundReason
    reason: str
    takes: tuple[Take, ...]
    units: tuple[Span, ...] = ()
    number: str | None = None
    waits: bool = False
    request: Mapping[str, Any] | None = None
    withheld_minor: int = 0
    withheld_for: tuple[tuple[UUID, int], ...] = ()
    postage_given_minor: int = 0
    postage_kept_minor: int = 0


async def known_refund(
    session: AsyncSession, order_id: UUID, number: str | None, request: Mapping[str, Any] | None
) -> RefundView | None:
    """The refund of this number, if there is one.

    Raises `RefundNumberUsed` when it is another order's, or was of something else.
    """
    row = await RefundRepository(session).by_number(number) if number else None
    if row is None:
        return None
    if row["order_id"] != order_id or (request is not None and row["request"] != _plain(request)):
        raise RefundNumberUsed("Choose another number")
    return refund_view(row)


async def record_refund(
    session: AsyncSession,
    found: OrderStanding,
    command: NewRefund,
    *,
    owner: PlanOwner,
    actor: Actor | None,
) -> RefundView:
    """Keep a refund of a locked plan, and carry it out unless it waits.

    Raises `RefundRefused` before payment, `DisputeOpen` while the bank asks for the money, and
    `RefundExceeds` for more than is left of a unit or a tender; what waits counts as gone.
    """
    if command.kind is not RefundKind.CHARGEBACK:
        found.require_refundable()
    if without(list(command.units), found.returned) != command.units:
        raise RefundExceeds("Units of it are back already", refundable_minor=0)
    plan = found.plan
    taken = split(found.left, command.takes)
    if not taken.total_minor and not command.units and not command.postage_given_minor:
        raise RefundExceeds("Nothing of it is left", refundable_minor=found.left.total_minor)
    refund_id, number = new_id(), command.number or new_number("R", clock.now())
    parts = [
        (tender, amount)
        for tender, amount in zip(plan.tenders, taken.by_tender, strict=True)
        if amount
    ]
    await _insert(session, plan, command, taken, refund_id, number, actor)
    if not command.waits:
        decision = Decision(
            refund_id=refund_id,
            number=number,
            amount_minor=taken.total_minor,
            reason=command.reason,
            parts=parts,
            cells=taken.cells,
            is_gone=command.kind is RefundKind.CHARGEBACK,
            others_open=found.has_pending or bool(found.waiting),
            left_minor=_left(plan) - taken.total_minor,
            postage_given_minor=command.postage_given_minor,
            postage_kept_minor=command.postage_kept_minor,
        )
        await carry_out(session, found, decision, owner=owner, actor=actor)
    return await read_refund(session, refund_id)


async def refund_all(
    session: AsyncSession,
    order_id: UUID,
    *,
    reason: str,
    actor: Actor | None,
    owner: PlanOwner,
    number: str | None = None,
    reason_code: RefundReason = RefundReason.CANCELLED,
    request: Mapping[str, Any] | None = None,
) -> RefundView:
    """Decide to give back whatever a paid order has not given back yet.

    Gift cards, points and balance return at once, points to their lots; value that would expire
    soon is extended by a grace. The gateway's part stays pending until `push_refunds` has an
    answer. Refunds that wait for a second person are given up first. `owner.refunded` is called
    when the plan's state moves. `number` is the idempotency key: a known one returns its refund.
    Raises `RefundRefused` before payment, `DisputeOpen`, and `RefundExceeds` when nothing is left.
    """
    found = await locked_standing(session, order_id, owner=owner)
    known = await known_refund(session, order_id, number, request)
    if known is not None:
        return known
    found.require_refundable()
    if found.waiting:
        for refund_id in found.waiting:
            await RefundRepository(session).close(
                refund_id,
                RefundState.CANCELLED,
                actor=actor.principal if actor else None,
                reason=reason,
            )
        found = await locked_standing(session, order_id, owner=owner)
    return await record_refund(
        session,
        found,
        everything(found, reason_code=reason_code, reason=reason, number=number, request=request),
        owner=owner,
        actor=actor,
    )


def everything(
    found: OrderStanding,
    *,
    reason_code: RefundReason,
    reason: str,
    number: str | None = None,
    request: Mapping[str, Any] | None = None,
) -> NewRefund:
    """All that is left of goods and shipping, with all units that are not back yet."""
    return NewRefund(
        kind=RefundKind.EVERYTHING,
        reason_code=reason_code,
        reason=reason,
        takes=(Take((found.left.goods,)), Take(((SHIPPING,),))),
        units=not_returned(found),
        number=number,
        request=request,
    )


def _left(plan: Plan) -> int:
    return sum(each.amount_minor - each.refunded_minor for each in plan.tenders)


async def _insert(
    session: AsyncSession,
    plan: Plan,
    command: NewRefund,
    taken: Split,
    refund_id: UUID,
    number: str,
    actor: Actor | None,
) -> None:
    tenders = plan.tenders
    shipping = sum(sum(each.minor) for each in taken.cells if each.span.line_id is None)
    is_gone = command.kind is RefundKind.CHARGEBACK
    await RefundRepository(session).insert(
        {
            "id": refund_id,
            "number": number,
            "order_id": plan.order_id,
            "plan_id": plan.id,
            "member_id": plan.member_id,
            "currency": plan.currency,
            "amount_minor": taken.total_minor,
            "kind": command.kind,
            "reason_code": command.reason_code,
            "reason": command.reason,
            "shipping_minor": shipping,
            "withheld_minor": command.withheld_minor,
            "postage_given_minor": command.postage_given_minor,
            "postage_kept_minor": min(command.postage_kept_minor, taken.total_minor),
            "request": None if command.request is None else dump_bytes(command.request).decode(),
            "actor": actor.principal if actor else None,
        },
        [
            _part(plan, tender, amount, f"{number}-{place + 1}", is_gone=is_gone)
            for place, (tender, amount) in enumerate(zip(tenders, taken.by_tender, strict=True))
            if amount
        ],
        [
            (tenders[place].id, *each.span, minor)
            for each in taken.cells
            for place, minor in enumerate(each.minor)
            if minor
        ],
        [(each.line_id, each.first, each.quantity) for each in command.units],
        command.withheld_for,
    )


def _part(
    plan: Plan, tender: Tender, amount_minor: int, out_refund_no: str, *, is_gone: bool
) -> dict[str, Any]:
    """What a gateway has given back already has no number of ours there.

    What was paid by hand has one of ours alone: no gateway knows the payment. What a marketplace
    took it gives back itself.
    """
    is_gateway = tender.kind is TenderKind.GATEWAY
    is_ordered = tender.kind not in OWN_KINDS and tender.kind is not TenderKind.MARKETPLACE
    paid = next((each for each in plan.attempts if each.id == plan.captured_by), None)
    return {
        "id": new_id(),
        "tender_id": tender.id,
        "amount_minor": amount_minor,
        "channel": tender.channel if is_gateway else None,
        "out_trade_no": paid.out_trade_no if is_gateway and paid else None,
        "out_refund_no": out_refund_no if is_ordered and not is_gone else None,
    }


def _plain(request: Mapping[str, Any]) -> Any:
    return orjson.loads(dump_bytes(request))
