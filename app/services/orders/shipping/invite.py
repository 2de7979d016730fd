"""Buyers are asked what they think of what they received, once and some days later."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import OrderState
from app.repositories.orders import ArrivalRepository, AxesRepository, ShippingRepository
from app.services import payments, system
from app.services.orders.payment_owner import PAYMENT_OWNER, named
from app.services.orders.shipping.events import ReviewInvited

_STANDS = frozenset({OrderState.OPEN, OrderState.COMPLETED})


async def invite_due(sessions: Sessions, *, limit: int) -> int:
    """Ask the buyers of up to `limit` orders for a review; return how many were looked at.

    One transaction each, in which the fact is published; several machines may do so at once, and
    one that ends in between has asked or not. While a return is open it waits; who kept nothing is
    not asked.
    """
    async with unit_of_work(sessions) as session:
        due = await ArrivalRepository(session).reviewable(limit)
    for order_id in due:
        async with unit_of_work(sessions) as session:
            await _invite(session, order_id)
    return len(due)


async def _invite(session: AsyncSession, order_id: UUID) -> None:
    """The second of two machines finds it done; a return asked for meanwhile puts it off."""
    order = await AxesRepository(session).locked(order_id)
    repository = ArrivalRepository(session)
    if order is None or not await repository.is_reviewable(order_id):
        return
    kept: dict[UUID, int] = {}
    if order["state"] in _STANDS:
        standing = await payments.read_standing(session, order_id, owner=PAYMENT_OWNER)
        for span in payments.not_returned(standing):
            if span.line_id is not None:
                kept[span.line_id] = kept.get(span.line_id, 0) + span.quantity
    await repository.invited(order_id, is_asked=bool(kept))
    if not kept:
        return
    skus = await ShippingRepository(session).skus_of(order_id)
    lines = sorted(kept)
    await AxesRepository(session).move(order_id, "review_invited")
    await system.publish(
        session,
        ReviewInvited(
            **named(order),
            line_ids=tuple(lines),
            sku_ids=tuple(skus[each] for each in lines),
            quantities=tuple(kept[each] for each in lines),
        ),
    )
