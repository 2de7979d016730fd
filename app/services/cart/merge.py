"""A guest who signs in takes the cart along."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.settings import CheckoutSettings
from app.repositories.cart import CartRepository, MergeRepository
from app.services.cart.coupons import MAX_COUPONS


async def merge(
    session: AsyncSession, *, guest_id: UUID, member_id: UUID, limits: CheckoutSettings
) -> None:
    """Pour the guest's open carts into the member's of the same channels and kind.

    Quantities of one SKU and options add up to the limit, new lines come while there is room,
    coupon codes unite, the member's own first. The guest's carts are marked merged, so a second
    call finds nothing to do; so does one for somebody who is no guest.
    """
    carts = MergeRepository(session)
    for source in await carts.guest_carts(guest_id):
        into, _ = await CartRepository(session).open(
            member_id,
            source["channel_id"],
            source["currency"],
            is_group_buy=source["is_group_buy"],
        )
        own = await carts.coupons(into)
        await carts.pour(
            source["id"],
            into,
            member_id,
            max_lines=limits.max_lines,
            max_quantity=limits.max_quantity,
        )
        codes = list(dict.fromkeys([*own, *source["coupon_codes"]]))[:MAX_COUPONS]
        await carts.close(source["id"], into, codes)
