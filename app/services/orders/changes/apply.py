"""Making a change, in one transaction: the order, its goods, its money and the history."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentStatus
from app.core.errors import NotFound, StaleVersion
from app.core.settings import ShippingSettings
from app.repositories.orders import AxesRepository
from app.services import system
from app.services.orders import shipping
from app.services.orders.changes.keep import Made, keep_change, pieces_of, set_fields
from app.services.orders.changes.planned import Planned, facts_of, is_staff, planned
from app.services.orders.changes.rules import require_open
from app.services.orders.changes.wish import ChangeWish
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
) -> RowMapping:
    """Change an order that is still what it was at `version`; the entry of its history.

    Pieces that are taken off are given back as any refund of units, and are everybody's stock
    again; with the last of them the order is cancelled. That takes no second person: nothing has
    left, and the money returns to where it came from. All of it happens or nothing.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, `BeingPicked`, `AlreadyShipped`,
    `OrderNotPaid`, `AlreadyInvoiced`, `AddressNotServed`, `PiecesNotOpen`, `NothingToChange`, and
    what refunds of units raise.
    """
    member_id = None if is_staff(actor) else actor.id
    order = await AxesRepository(session).locked(order_id, member_id=member_id)
    if order is None:
        raise NotFound("No such order")
    facts = await facts_of(session, order_id, actor=actor)
    if facts["version"] != version:
        raise StaleVersion("Look at it again", version=facts["version"])
    found = await planned(session, facts, wish, actor=actor)
    await set_fields(session, order_id, found.after, actor=actor.principal)
    refund = await _give_back(session, order_id, found, actor)
    if refund is not None:
        before = FulfilmentStatus(order["fulfilment_status"])
        await shipping.expect_rest(session, order_id, before, limits=limits)
    made = Made(
        actor=actor.principal,
        is_by_staff=is_staff(actor),
        reason=wish.reason,
        consent=wish.consent,
        before=found.before,
        after=found.after,
        refund=refund,
    )
    if is_staff(actor):
        changes = {"fields": sorted(found.after), "consent": wish.consent, "reason": wish.reason}
        await system.record(session, actor, "orders.change", "order", order_id, changes)
    return await keep_change(session, order, made)


async def _give_back(
    session: AsyncSession, order_id: UUID, found: Planned, actor: Actor
) -> RefundView | None:
    """Also the gifts that come along have to be in no parcel yet."""
    if found.refund is None:
        return None
    refund = await request_refund(session, order_id, found.refund, actor=actor)
    require_open(found.open_pieces, pieces_of(refund))
    return refund
