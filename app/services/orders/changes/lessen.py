"""Pieces are taken off an order before it is paid: all that it asks and holds is less with it."""

from collections import Counter
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import PaymentStatus
from app.repositories.orders import FewerRepository
from app.services import payments, pricing, promotions
from app.services.orders import shipping
from app.services.orders.cancel import Gateways, begin_cancel
from app.services.orders.changes.fewer import Fewer, sale_then
from app.services.orders.changes.planned import facts_of, planned
from app.services.orders.changes.wish import ChangeWish
from app.services.orders.payment_owner import PAYMENT_OWNER
from app.services.orders.taken_off import quota_of
from app.services.payments import Span


async def stop_payment(
    sessions: Sessions,
    gateways: Gateways,
    order_id: UUID,
    wish: ChangeWish,
    *,
    version: int,
    actor: Actor,
    terms: payments.PaymentTerms,
) -> None:
    """Before a change takes pieces off an order that is not paid: nobody takes the old amount.

    Of an order that was paid meanwhile, or is another version for any reason, nothing happens: the
    change finds out. Raises what the change would, and `GatewayUnreachable`.
    """
    if not wish.pieces:
        return
    async with unit_of_work(sessions) as session:
        facts = await facts_of(session, order_id, actor=actor)
        if facts["version"] != version or facts["payment_status"] != PaymentStatus.AWAITING:
            return
        await planned(session, facts, wish, actor=actor)
    await payments.reduce.stop_attempts(sessions, gateways, PAYMENT_OWNER, order_id, terms=terms)


async def lessen_order(
    session: AsyncSession,
    order: RowMapping,
    fewer: Fewer,
    *,
    reason: str,
    actor: Actor,
    terms: payments.PaymentTerms,
) -> None:
    """Make a locked order what it would be, had it been placed without those pieces.

    With the last of them it is cancelled; where nothing is left to pay from outside it is paid.
    The plan, then points and accounts, then what everybody shares, in the order of locks. Raises
    `PaymentUnderWay`, and `AlreadyPaid` and `NotAwaitingPayment` for plans that are further.
    """
    order_id: UUID = order["id"]
    if fewer.quote is None:
        await payments.reduce.require_stopped(session, order_id)
        await begin_cancel(session, order_id, actor=actor, reason=reason)
        return
    is_paid = await payments.reduce.reduce_plan(
        session,
        order_id,
        fewer.payable_minor,
        exchange_points=sum(each["exchange_points"] for each in fewer.lines),
        sale=sale_then(fewer),
        reference=str(fewer.row["version"]),
        terms=terms,
    )
    taken = Counter(dict(fewer.pieces))
    gone = [(each, n) for each in fewer.was if (n := taken[UUID(each["id"])])]
    bought = [(UUID(each["sku_id"]), n) for each, n in gone if not each["is_gift"]]
    if bought:
        await pricing.lessen_purchase_limits(session, order_id, bought)
    await shipping.drop_pieces(session, order, taken, actor=actor)
    await FewerRepository(session).write(order_id, fewer.quote, fewer.lines, fewer.units)
    held = await pricing.held_quota(session, order_id)
    await pricing.lessen_quota(
        session,
        order_id,
        quota_of(fewer.facts, [Span(each, 0, n) for each, n in taken.items()], held),
        exchanges=[(UUID(each["offer_id"]), n) for each, n in gone if each["offer_id"]],
        bargains=[UUID(each["bargain_id"]) for each, _ in gone if each["bargain_id"]],
    )
    await promotions.lessen_uses(session, order_id, fewer.uses or {})
    if is_paid:
        await PAYMENT_OWNER.paid(session, order_id)
