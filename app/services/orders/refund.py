"""Refunds of orders: looked at before, asked for, decided by one person or by two."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.payments import (
    DisputeState,
    RefundKind,
    RefundReason,
    RefundState,
    Valuation,
)
from app.core.errors import NotFound
from app.repositories.orders import AxesRepository
from app.services import payments, promotions, system
from app.services.orders.cancel import cancel_paid
from app.services.orders.charged import left_of, paid_charges, refund_charges
from app.services.orders.charges.fewer import lessen_asked
from app.services.orders.engine import GiftDue, RefundWish, Valued, require_gifts, value_of
from app.services.orders.payment_owner import PAYMENT_OWNER, PLAN_OWNER, fall_through
from app.services.orders.refund_facts import RefundFacts, priced_order, refund_facts
from app.services.orders.taken_off import take_off
from app.services.payments import OrderStanding, RefundPreview, RefundView

_TERMS = payments.PaymentTerms()
_OF_SHIPPED = "of_shipped"
_FLAGS = (_OF_SHIPPED, "keeps_gifts", "postage_given_minor", "postage_kept_minor", "from_end")


@dataclass(frozen=True, slots=True, kw_only=True)
class WishPreview:
    """What a refund would bring now, and what it would cost the shopper otherwise.

    `gifts` no longer earned come back too, or `withheld_minor` is kept for them. `cancels` says
    that the order ends with it. `rules` are the store's of the day it was placed, `valuation` is
    how units are valued by them or by the wish; `shop_pays` the fee of what has left. With
    everything comes what was paid for charges besides (`charges_minor`).
    """

    refund: RefundPreview
    rules: payments.RefundRules
    valuation: Valuation
    shop_pays: bool
    gifts: tuple[GiftDue, ...]
    withheld_minor: int
    waits: bool
    cancels: bool
    charges_minor: int = 0


async def preview_wish(
    session: AsyncSession,
    order_id: UUID,
    wish: RefundWish,
    *,
    actor: Actor,
    terms: payments.PaymentTerms = _TERMS,
    besides_minor: int = 0,
) -> WishPreview:
    """What the refund would bring; nothing is written or locked.

    `besides_minor` goes back of charges at the same time, as one decision.

    Raises what the refund would raise, but for gifts that stay: those it names.
    """
    facts = await refund_facts(session, order_id, **_scope(actor))
    found = await payments.read_standing(session, order_id, owner=PAYMENT_OWNER)
    valued = await _valued(session, facts, found, wish, actor)
    preview = payments.preview_refund(found, valued.takes)
    rules = found.plan.refund_rules
    more = left_of(await _charges(session, wish, order_id)) + besides_minor
    return WishPreview(
        refund=preview,
        rules=rules,
        valuation=wish.valuation or rules.valuation,
        shop_pays=wish.reason_code in rules.shop_pays,
        gifts=valued.gifts,
        withheld_minor=valued.withheld_minor,
        waits=_waits(wish, preview.amount_minor + more, actor, terms),
        cancels=preview.is_everything and _cancels(facts, found, valued),
        charges_minor=more,
    )


async def preview_charged(
    session: AsyncSession,
    order_id: UUID,
    charged: Sequence[RefundPreview],
    *,
    actor: Actor,
    terms: payments.PaymentTerms = _TERMS,
) -> WishPreview:
    """What goes back of charges alone: the first as what comes back, the others besides."""
    rules = (await payments.read_standing(session, order_id, owner=PAYMENT_OWNER)).plan.refund_rules
    first, *others = charged
    more = sum(each.amount_minor for each in others)
    most = terms.gives_alone(actor)
    return WishPreview(
        refund=first,
        rules=rules,
        valuation=rules.valuation,
        shop_pays=RefundReason.OTHER in rules.shop_pays,
        gifts=(),
        withheld_minor=0,
        waits=most is not None and first.amount_minor + more > most,
        cancels=False,
        charges_minor=more,
    )


async def request_refund(
    session: AsyncSession,
    order_id: UUID,
    wish: RefundWish,
    *,
    actor: Actor,
    number: str | None = None,
    terms: payments.PaymentTerms = _TERMS,
    besides_minor: int = 0,
) -> RefundView:
    """Give back what is asked for, or keep it for a second person to approve.

    Goodwill, amounts above the limit, and what merchants ask for wait. An order of which nothing
    has left and all goods come back is cancelled. With everything goes what was paid for charges,
    each as a refund of its own; where nothing else is left the answer is one of those.
    `besides_minor` goes back of charges at the same time, as one decision. `number`
    is the idempotency key: a known one returns its refund. Raises `NotFound`, `RefundRefused`,
    `DisputeOpen`, `RefundExceeds`, `InvalidReference`, `GiftNotReturned`, `CannotReprice`,
    `UnitsInReturn` and `RefundNumberUsed`.
    """
    await PAYMENT_OWNER.lock(session, order_id)
    facts = await refund_facts(session, order_id, **_scope(actor))
    request = _kept(wish)
    known = await payments.known_refund(session, order_id, number, request)
    if known is not None:
        return known
    found = await payments.locked_standing(session, order_id, owner=PAYMENT_OWNER)
    found.require_refundable()
    facts.require_not_asked(found, wish)
    if wish.kind is RefundKind.EVERYTHING and facts.is_open and not facts.has_shipped:
        return await cancel_paid(
            session,
            order_id,
            actor=actor,
            reason=wish.reason,
            number=number,
            reason_code=wish.reason_code,
            request=request,
        )
    charges = await _charges(session, wish, order_id, lock=True)
    if charges and not found.left.total_minor and left_of(charges):
        waits = _waits(wish, left_of(charges), actor, terms)
        return await _give_charges(session, order_id, charges, wish, actor, waits=waits)
    valued = await _valued(session, facts, found, wish, actor)
    require_gifts(valued, wish)
    preview = payments.preview_refund(found, valued.takes)
    on_top = left_of(charges) + wish.postage_given_minor + besides_minor
    waits = _waits(wish, preview.amount_minor + on_top, actor, terms)
    view = await payments.record_refund(
        session,
        found,
        payments.NewRefund(
            kind=wish.kind,
            reason_code=wish.reason_code,
            reason=wish.reason,
            takes=valued.takes,
            units=valued.units,
            number=number,
            waits=waits,
            request=request,
            withheld_minor=valued.withheld_minor,
            withheld_for=valued.withheld_for,
            postage_given_minor=wish.postage_given_minor,
            postage_kept_minor=wish.postage_kept_minor,
        ),
        owner=PAYMENT_OWNER,
        actor=actor,
    )
    if left_of(charges):
        await _give_charges(session, order_id, charges, wish, actor, waits=waits)
    if actor.audience is not Audience.STOREFRONT:
        changes = {"number": view.number, "amount_minor": view.amount_minor, "state": view.state}
        await system.record(session, actor, "orders.refund", "order", order_id, changes)
    await _follow(session, view, actor)
    return view


async def _charges(
    session: AsyncSession, wish: RefundWish, order_id: UUID, *, lock: bool = False
) -> tuple[OrderStanding, ...]:
    """Those whose money goes back too: all of them with everything, else none."""
    if wish.kind is not RefundKind.EVERYTHING:
        return ()
    return await paid_charges(session, order_id, lock=lock)


async def _give_charges(
    session: AsyncSession,
    order_id: UUID,
    charges: tuple[OrderStanding, ...],
    wish: RefundWish,
    actor: Actor,
    *,
    waits: bool,
) -> RefundView:
    views = await refund_charges(
        session,
        charges,
        reason_code=wish.reason_code,
        reason=wish.reason,
        waits=waits,
        actor=actor,
    )
    if actor.audience is not Audience.STOREFRONT:
        for view in views:
            changes = {"number": view.number, "amount_minor": view.amount_minor}
            await system.record(session, actor, "orders.refund_charge", "order", order_id, changes)
    return views[0]


async def approve_refund(
    session: AsyncSession, refund_id: UUID, *, version: int, actor: Actor
) -> RefundView:
    """As `payments.approve_refund`, of whatever plan; an order and its coupons follow."""
    view = await payments.approve_refund(
        session, refund_id, version=version, actor=actor, owner=PLAN_OWNER
    )
    await _follow(session, view, actor)
    return view


async def reject_refund(
    session: AsyncSession, refund_id: UUID, *, version: int, reason: str, actor: Actor
) -> RefundView:
    """As `payments.reject_refund`; the order and its coupons follow where nothing is left."""
    view = await payments.reject_refund(
        session, refund_id, version=version, reason=reason, actor=actor, owner=PLAN_OWNER
    )
    await _follow(session, view, actor)
    return view


async def close_dispute(
    session: AsyncSession, dispute_id: UUID, outcome: DisputeState, *, version: int, actor: Actor
) -> RowMapping:
    """As `payments.disputes.close_dispute`, of any plan; an order's coupons follow a lost one."""
    row = await payments.disputes.close_dispute(
        session, dispute_id, outcome, version=version, actor=actor, owner=PLAN_OWNER
    )
    if row["refund_id"] is not None:
        view = await payments.read_refund(session, row["refund_id"])
        await _follow(session, view, actor)
    return row


async def _follow(session: AsyncSession, view: RefundView, actor: Actor) -> None:
    """What becomes of an order once a refund is decided; shared rows are locked last.

    When nothing is left of its money the order is cancelled if all its goods are back and never
    left; else coupons return by their rule. Units that come back and have not left are not sent.
    """
    if view.state is RefundState.WAITING or view.kind is RefundKind.POSTAGE:
        return
    if not await PLAN_OWNER.is_order(session, view.order_id):
        return
    facts = await refund_facts(session, view.order_id)
    found = await payments.read_standing(session, view.order_id, owner=PAYMENT_OWNER)
    is_over = not found.waiting and not found.left.total_minor
    is_all_back = not payments.not_returned(found)
    order = await AxesRepository(session).locked(view.order_id)
    if order is None:
        raise NotFound("No such order")
    if is_over and is_all_back and facts.is_open and not facts.has_shipped:
        principal = actor.principal
        await fall_through(session, order, view.reason, is_paid=True, actor=principal)
        return
    await lessen_asked(session, view.order_id, {each.line_id for each in view.units})
    if not is_of_shipped(view):
        await take_off(session, order, facts, view.units, actor=actor)
    if is_over:
        grace_days = found.plan.refund_rules.grace_days
        await promotions.return_uses(session, view.order_id, grace_days=grace_days)


def is_of_shipped(view: RefundView) -> bool:
    """Whether its units had left and came back: then none is taken from what is to be sent."""
    return bool(view.request and view.request.get(_OF_SHIPPED))


async def _valued(
    session: AsyncSession,
    facts: RefundFacts,
    found: OrderStanding,
    wish: RefundWish,
    actor: Actor,
) -> Valued:
    if actor.merchant_id is not None:
        facts.require_lines_of(actor.merchant_id, wish)
    order = None
    if wish.kind is RefundKind.UNITS:
        valuation = wish.valuation or found.plan.refund_rules.valuation
        order = await priced_order(session, facts, valuation)
    return value_of(wish, found, facts.lines, order, has_shipped=facts.has_shipped)


def _waits(wish: RefundWish, amount_minor: int, actor: Actor, terms: payments.PaymentTerms) -> bool:
    if actor.audience is Audience.MERCHANT or wish.reason_code is RefundReason.GOODWILL:
        return True
    most = terms.gives_alone(actor)
    return most is not None and amount_minor > most


def _cancels(facts: RefundFacts, found: OrderStanding, valued: Valued) -> bool:
    left = sum(span.quantity for span in payments.not_returned(found))
    is_all_back = left == sum(span.quantity for span in valued.units)
    return is_all_back and facts.is_open and not facts.has_shipped


def _scope(actor: Actor) -> dict[str, UUID | None]:
    is_shopper = actor.audience is Audience.STOREFRONT
    return {"member_id": actor.id if is_shopper else None, "merchant_id": actor.merchant_id}


def _kept(wish: RefundWish) -> Mapping[str, Any]:
    """What tells a repeat from another wish. Wishes kept before they were known lack some."""
    return {name: said for name, said in asdict(wish).items() if said or name not in _FLAGS}
