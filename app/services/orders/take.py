"""What an order takes of things that everybody's orders take of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services import delivery, inventory, pricing, promotions
from app.services.orders.payment_owner import stock_owner
from app.services.promotions.engine import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Goods, quotas and promotions of a new order; held until `expires_at`, or paid without it.

    `slot_id` is the slot it is brought or fetched in, if there is one. Allocations that are
    `is_earmarked` are held as `earmark` already; others come in the place of what is.
    """

    order_id: UUID
    member_id: UUID
    channel_id: UUID
    slot_id: str | None
    allocations: Sequence[inventory.Allocation]
    quota_uses: Sequence[pricing.QuotaUse]
    exchanges: Sequence[pricing.Exchange]
    bargains: Sequence[pricing.BargainUse]
    quote: Quote
    expires_at: datetime | None
    earmark: str | None = None
    is_earmarked: bool = False


async def take_shared(session: AsyncSession, taking: Taking) -> None:
    """Take everything or nothing: slot, stock, quota prices, offers, bargains, promotions, coupons.

    These rows are wanted by every buyer of the same goods, so they are locked after all else and
    the transaction is to commit right after (docs/adr/0021). Raises what each of them refuses;
    the transaction must then end.
    """
    if taking.slot_id is not None:
        await delivery.take_slot(session, UUID(taking.slot_id), taking.order_id)
    await _hold(session, taking)
    await pricing.use_quota(
        session,
        taking.order_id,
        taking.member_id,
        taking.quota_uses,
        held_until=taking.expires_at,
    )
    await pricing.use_exchanges(session, taking.order_id, taking.member_id, taking.exchanges)
    await pricing.use_bargains(session, taking.order_id, taking.bargains)
    await promotions.reserve_uses(
        session, order_id=taking.order_id, member_id=taking.member_id, quote=taking.quote
    )
    if taking.expires_at is None and taking.quote.applied:
        await promotions.consume_uses(session, taking.order_id)


async def _hold(session: AsyncSession, taking: Taking) -> None:
    owner, chosen = stock_owner(taking.order_id), taking.allocations
    if taking.earmark is not None and taking.is_earmarked:
        await inventory.earmarks.take_over(
            session,
            taking.earmark,
            chosen,
            owner=owner,
            member_id=taking.member_id,
            expires_at=taking.expires_at,
        )
        return
    if taking.earmark is not None:
        wanted = [inventory.Wanted(each.sku_id, each.quantity) for each in chosen]
        await inventory.earmarks.let_go(session, taking.earmark, wanted, chosen=chosen)
    await inventory.hold(
        session,
        chosen,
        owner=owner,
        member_id=taking.member_id,
        channel_id=taking.channel_id,
        expires_at=taking.expires_at,
    )
