"""Uses of promotions by orders: reserved when it is placed, consumed when paid, or given back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.promotions import UseRepository
from app.services.promotions.draft import ON_CANCEL, ON_FULL_REFUND
from app.services.promotions.engine import Quote
from app.services.promotions.errors import CouponTaken, Exhausted

COUPON_GRACE_DAYS = 90


async def reserve_uses(
    session: AsyncSession, *, order_id: UUID, member_id: UUID, quote: Quote
) -> None:
    """Reserve every applied promotion and coupon of `quote` for an order, all or none.

    A gift counts as a use that takes nothing of a budget.

    One statement, none when nothing is applied; what the order holds already is not taken twice.
    The caller holds the member's row, which stands for everything counted per member. Quotas are
    locked by promotion id, then days, then coupons by id. Raises `Exhausted` or `CouponTaken` when
    another order was faster; the caller's transaction must then end.
    """
    rows = sorted(
        (
            UUID(each.promotion_id),
            UUID(each.coupon_id) if each.coupon_id else None,
            each.amount_minor,
        )
        for each in quote.applied
    )
    if not rows:
        return
    answers = await UseRepository(session).reserve(rows, order_id=order_id, member_id=member_id)
    taken = [str(row.coupon_id) for row in answers if row.is_taken]
    if taken:
        raise CouponTaken("Ask for a new quote", coupon_ids=taken)
    spent = [str(row.promotion_id) for row in answers if _is_spent(row)]
    if spent:
        raise Exhausted("Ask for a new quote", promotion_ids=spent)


def _is_spent(row: Any) -> bool:
    """Whether nothing was left: in all, today, or for this member."""
    return bool(row.is_exhausted or row.is_over_today or row.has_no_slot)


async def lessen_uses(session: AsyncSession, order_id: UUID, amounts: Mapping[UUID, int]) -> None:
    """An unpaid order becomes less: by promotion what it takes off now.

    What it does not use any more is everybody's again, and its coupon the member's. As
    `reserve_uses`, this locks what everybody shares.
    """
    await UseRepository(session).lessen(order_id, amounts)


async def consume_uses(session: AsyncSession, order_id: UUID) -> None:
    """The order is paid: what it reserved is used up. Once, however often it is called."""
    await UseRepository(session).consume(order_id)


async def release_uses(
    session: AsyncSession,
    order_id: UUID,
    *,
    was_paid: bool,
    is_blameless: bool = False,
    grace_days: int = COUPON_GRACE_DAYS,
) -> None:
    """Give back an order's uses and coupons, once.

    Of an order that was never paid what it reserved; a use that is consumed stays so. After
    payment each promotion decides by its `refund.return_coupon`: `never` keeps the use,
    `on_cancel` (the default) and `on_full_refund` return it. A returned coupon ends when it would
    have, or by `refund.coupon_expiry` (`grace`) `grace_days` from now at the earliest. A shopper
    who `is_blameless`, the shop having failed, gets everything back.
    """
    await UseRepository(session).release(
        order_id,
        was_paid=was_paid,
        is_blameless=is_blameless,
        rules=(ON_CANCEL, ON_FULL_REFUND),
        grace_days=grace_days,
    )


async def return_uses(
    session: AsyncSession, order_id: UUID, *, grace_days: int = COUPON_GRACE_DAYS
) -> None:
    """Everything a paid order cost goes back without its being cancelled, once.

    Uses and coupons of promotions whose `refund.return_coupon` is `on_full_refund` return.
    """
    await UseRepository(session).release(
        order_id,
        was_paid=True,
        is_blameless=False,
        rules=(ON_FULL_REFUND,),
        grace_days=grace_days,
    )
