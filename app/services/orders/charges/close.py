"""Charges nobody pays: declined, withdrawn, run out, or of an order that fell."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import ChargeState
from app.core.enums.payments import PlanState, RefundKind, RefundReason
from app.core.errors import NotFound
from app.repositories.orders import ChargeRepository
from app.services import payments, system
from app.services.orders.cancel import Gateways
from app.services.orders.charge_owner import CHARGES, locked_charge, shut
from app.services.orders.charges.added import cancel_added, give_up_added
from app.services.orders.payment_owner import PAYMENT_OWNER

DECLINED = "declined by the shopper"
WITHDRAWN = "withdrawn by the shop"
LAPSED = "not paid in time"
FALLEN = "the order was cancelled"
_TERMS = payments.PaymentTerms()


async def close_charge(
    sessions: Sessions,
    gateways: Gateways,
    charge_id: UUID,
    *,
    actor: Actor | None,
    order_id: UUID | None = None,
    terms: payments.PaymentTerms = _TERMS,
) -> RowMapping:
    """Give up one that is not paid, of the order if one is named; again changes nothing.

    Without an actor its time is over.

    While the gateway may still take money it stays `awaiting`, and is paid if it does. Shoppers
    decline their own. Raises `NotFound` and `AlreadyPaid`.
    """
    is_shopper = actor is not None and actor.audience is Audience.STOREFRONT
    member_id = actor.id if actor is not None and is_shopper else None
    async with unit_of_work(sessions) as session:
        charge = await locked_charge(session, charge_id, member_id=member_id)
        if order_id not in {None, charge["order_id"]}:
            raise NotFound("No such charge")
        plan_id = await begin_close(session, charge, _reason(actor), actor=actor)
        if actor is not None and not is_shopper:
            changes = {"amount_minor": charge["amount_minor"]}
            what = "orders.withdraw_charge"
            await system.record(session, actor, what, "order", charge["order_id"], changes)
    if plan_id is not None:
        owner = CHARGES if charge["added_order_id"] is None else PAYMENT_OWNER
        await payments.finish_close(sessions, gateways, owner, plan_id, terms=terms)
    async with unit_of_work(sessions) as session:
        return await locked_charge(session, charge_id)


async def expire_charges(
    sessions: Sessions,
    gateways: Gateways,
    *,
    limit: int,
    terms: payments.PaymentTerms = _TERMS,
) -> int:
    """Give up up to `limit` charges whose time is over; how many were looked at.

    One that is being closed already is the janitor's to finish.
    """
    async with unit_of_work(sessions) as session:
        due = await ChargeRepository(session).expired(limit)
    for charge_id in due:
        try:
            await close_charge(sessions, gateways, charge_id, actor=None, terms=terms)
        except payments.AlreadyPaid:  # a moment ago
            continue
    return len(due)


async def follow_cancelled(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `OrderCancelled`: nothing more is asked for, what was paid goes back.

    Runs again safely; the janitor finishes what a gateway has to be asked about.
    """
    repository = ChargeRepository(session)
    charges = [
        await locked_charge(session, each["id"])
        for each in await repository.of_order(UUID(str(payload["order_id"])))
    ]
    paid = [each for each in charges if each["state"] == ChargeState.PAID]
    own = [each["id"] for each in paid if each["added_order_id"] is None]
    for charge_id in own:  # all plans before any account of the ledger
        await payments.locked_standing(session, charge_id, owner=CHARGES)
    for each in charges:
        if each not in paid:
            with suppress(payments.AlreadyPaid):  # whoever hears of that looks at the order
                await begin_close(session, each, FALLEN, actor=None)
    for charge_id in own:
        await give_back(session, charge_id, FALLEN)
    for each in paid:
        if each["added_order_id"] is not None:
            await cancel_added(session, each["added_order_id"], FALLEN)


async def give_back(
    session: AsyncSession, charge_id: UUID, reason: str, *, keep_minor: int = 0
) -> None:
    """All that is left of a paid one but what is kept, now or when its bank has decided.

    Where nothing is kept, refunds of it that wait for somebody are given up for that.
    """
    found = await payments.locked_standing(session, charge_id, owner=CHARGES)
    more = found.left.total_minor - keep_minor
    if not keep_minor:
        more += _waiting_minor(found)
    waits = more > 0 and found.is_disputed
    await ChargeRepository(session).owe_back(
        charge_id, keep_minor if waits else None, reason if waits else None
    )
    if more <= 0 or waits:
        return
    if not keep_minor:
        await payments.refund_all(session, charge_id, reason=reason, actor=None, owner=CHARGES)
        return
    part = payments.NewRefund(
        kind=RefundKind.SHIPPING,
        reason_code=RefundReason.CANCELLED,
        reason=reason,
        takes=(payments.Take(((payments.SHIPPING,),), more),),
    )
    await payments.record_refund(session, found, part, owner=CHARGES, actor=None)


def _waiting_minor(found: payments.OrderStanding) -> int:
    """What refunds that wait for a second person keep from others."""
    asked = (each.cells for each in found.taken if each.refund_id in found.waiting)
    return sum(each.total_minor for each in asked)


async def give_back_due(sessions: Sessions, *, limit: int) -> int:
    """Give back what waited for banks that have decided since; how many charges were looked at.

    What a bank took itself is gone: the rest goes back.
    """
    async with unit_of_work(sessions) as session:
        due = await ChargeRepository(session).owed_back(limit)
    for charge_id in due:
        async with unit_of_work(sessions) as session:
            charge = await locked_charge(session, charge_id)
            if charge["keep_minor"] is not None:
                await give_back(
                    session, charge_id, charge["back_reason"], keep_minor=charge["keep_minor"]
                )
    return len(due)


async def begin_close(
    session: AsyncSession, charge: RowMapping, reason: str, *, actor: Actor | None
) -> UUID | None:
    """Close a locked one as far as a transaction can; its plan, where a gateway is to be asked.

    Raises `AlreadyPaid`.
    """
    match ChargeState(charge["state"]):
        case ChargeState.DUE:
            await shut(session, charge, reason, actor=actor.principal if actor else None)
        case ChargeState.AWAITING if charge["added_order_id"] is not None:
            return await give_up_added(session, charge["added_order_id"], reason)
        case ChargeState.AWAITING:
            plan = await payments.begin_close(session, charge["id"], reason, owner=CHARGES)
            return plan.id if plan.state is PlanState.CLOSING else None
        case ChargeState.PAID:
            raise payments.AlreadyPaid("It is paid; refund it instead")
        case ChargeState.CLOSED:
            pass
    return None


def _reason(actor: Actor | None) -> str:
    if actor is None:
        return LAPSED
    return DECLINED if actor.audience is Audience.STOREFRONT else WITHDRAWN
