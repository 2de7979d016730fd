"""The coupon codes a shopper typed into a cart."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.repositories.cart import CartRepository

MAX_COUPONS = 5
"""Codes one cart may carry (reliability M40)."""


async def set_coupons(
    session: AsyncSession, cart_id: UUID, codes: Iterable[str], *, actor: Actor
) -> tuple[str, ...]:
    """Replace the cart's codes; upper case, each once. What they do, the quote says.

    Raises `NotFound` for a cart that is not open or not the actor's.
    """
    kept = tuple(dict.fromkeys(code.strip().upper() for code in codes))[:MAX_COUPONS]
    if await CartRepository(session).set_coupons(cart_id, actor.id, kept) is None:
        raise NotFound("No such open cart")
    return kept
