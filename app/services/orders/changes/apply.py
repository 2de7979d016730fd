"""Making a change, in one transaction: the order, its goods, its money and the history."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentStatus
from app.core.errors import NotFound, StaleVersion
from app.core.settings import ShippingSettings
from app.repositories.orders import AxesRepository
from app.services import payments, system
from app.services.orders import shipping
from app.services.orders.changes.errors import ChangeCosts
from app.services.orders.changes.keep import Made, keep_change, move_slot, pieces_of, set_fields
from app.services.orders.changes.lessen import lessen_order
from app.services.orders.changes.money import ITS_SHOPPER
from app.services.orders.changes.planned import Planned, facts_of, is_staff, planned
from app.services.orders.changes.preview import UNLIMITED
from app.services.orders.changes.rules import require_open
from app.services.orders.changes.wish import ChangeWish
from app.services.orders.charges.back import give_charges_back
from app.services.orders.refund import request_refund
from app.services.payments import RefundView


async def change_order(
    session: AsyncSession,
    order_id: UUID,
    wish: ChangeWish,
    *,
    version: int,
    actor: Actor,
    limits: ShippingSettings,
    terms: payments.PaymentTerms = UNLIMITED,
) -> RowMapping:
    """Change an order that is still what it was at `version`; the entry of its history.

    Pieces that are taken off are given back as any refund of units, and are everybody's stock
    again; with the last of them the order is cancelled. That takes no second person: nothing has
    left, and the money returns to where it came from. Prices and freight that staff lower are
    refunds of an amount, and wait for a second person above the limit of one. An order that is not
    paid yet asks for less; `stop_payment` comes before. All of it happens or nothing.

    Raises `NotFound`, `StaleVersion`, `ChangeCosts` for what the shopper has to pay for first, what
    plans of changes raise, `SlotTaken`, what refunds raise, and `PaymentUnderWay`.
    """
    order, _, found = await locked_plan(session, order_id, wish, version=version, actor=actor)
    if found.money.charge is not None:
        amount = found.money.charge.amount_minor
        raise ChangeCosts("Have the shopper asked for it", charge_minor=amount)
    await set_fields(session, order_id, found.after, actor=actor.principal)
    if found.fewer is not None:
        reason = wish.reason or ITS_SHOPPER
        await lessen_order(session, order, found.fewer, reason=reason, actor=actor, terms=terms)
    limited = terms if wish.is_about_money else UNLIMITED
    refunds = await _give_back(session, order_id, found, actor, limited, wish.reason)
    if refunds:
        before = FulfilmentStatus(order["fulfilment_status"])
        await shipping.expect_rest(session, order_id, before, limits=limits)
    made = Made(
        actor=actor.principal,
        is_by_staff=is_staff(actor),
        reason=wish.reason,
        consent=wish.consent,
        before=found.before | (found.fewer.before if found.fewer else {}),
        after=found.after | (found.fewer.after if found.fewer else {}),
        refunds=refunds,
        pieces=found.fewer.pieces if found.fewer else (),
    )
    if is_staff(actor):
        changes = {"fields": sorted(made.after), "consent": wish.consent, "reason": wish.reason}
        await system.record(session, actor, "orders.change", "order", order_id, changes)
    kept = await keep_change(session, order, made)
    await move_slot(session, order_id, found.before, found.after)
    return kept


async def locked_plan(
    session: AsyncSession, order_id: UUID, wish: ChangeWish, *, version: int, actor: Actor
) -> tuple[RowMapping, RowMapping, Planned]:
    """The locked order, its facts, and what the wish comes to. Raises `StaleVersion`, as others."""
    member_id = None if is_staff(actor) else actor.id
    order = await AxesRepository(session).locked(order_id, member_id=member_id)
    if order is None:
        raise NotFound("No such order")
    facts = await facts_of(session, order_id, actor=actor)
    if facts["version"] != version:
        raise StaleVersion("Look at it again", version=facts["version"])
    return order, facts, await planned(session, facts, wish, actor=actor)


async def _give_back(
    session: AsyncSession,
    order_id: UUID,
    found: Planned,
    actor: Actor,
    terms: payments.PaymentTerms,
    reason: str | None,
) -> tuple[RefundView, ...]:
    """That of the order first, those of charges after it: together they wait, or none does.

    Also the gifts that come along have to be in no parcel yet.
    """
    wanted, money = found.money.refund, found.money
    own = (wanted.amount_minor or wanted.shipping_minor or 0) if wanted else 0
    most = terms.gives_alone(actor)
    waits = most is not None and own + money.back_minor > most
    charged = await give_charges_back(
        session, order_id, money.back, reason=reason or ITS_SHOPPER, waits=waits, actor=actor
    )
    if wanted is None:
        return charged
    refund = await request_refund(
        session, order_id, wanted, actor=actor, terms=terms, besides_minor=money.back_minor
    )
    require_open(found.open_pieces, pieces_of(refund))
    return (refund, *charged)
