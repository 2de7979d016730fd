"""The coupon codes a shopper typed into a cart."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.repositories.cart import CartRepository
from app.services import promotions

MAX_COUPONS = 5
"""Codes one cart may carry (reliability M40)."""


async def set_coupons(
    session: AsyncSession, cart_id: UUID, codes: Iterable[str], *, actor: Actor
) -> tuple[str, ...]:
    """Replace the cart's codes; upper case, each once. What they do, the quote says.

    Raises `NotFound` for a cart that is not open or not the actor's.
    """
    kept = tuple(dict.fromkeys(code.strip().upper() for code in codes))[:MAX_COUPONS]
    if await CartRepository.of(session, actor).set_coupons(cart_id, actor.shopper_id, kept) is None:
        raise NotFound("No such open cart")
    return kept


async def type_coupon(
    session: AsyncSession, cart_id: UUID, code: str, *, actor: Actor, pepper: SecretStr
) -> tuple[tuple[str, ...], Any]:
    """Claim what a code stands for and put it into the cart, both or neither.

    Returns the cart's codes and the coupon, which has a code of its own. Typing it again changes
    nothing while that coupon is unused. Raises `NotFound` for a cart that is not open or not the
    actor's, `TooManyCoupons` for a full one, and as `promotions.claim_coupon` does.
    """
    carts = CartRepository.of(session, actor)
    held = await carts.lock_coupons(cart_id, actor.shopper_id)
    if held is None:
        raise NotFound("No such open cart")
    coupon = await promotions.claim_coupon(
        session, code, actor=actor, pepper=pepper, is_for_use=True
    )
    if coupon.code in held:
        return tuple(held), coupon
    if len(held) >= MAX_COUPONS:
        raise promotions.TooManyCoupons("Take one out first", maximum=MAX_COUPONS)
    kept = (*held, coupon.code)
    await carts.set_coupons(cart_id, actor.shopper_id, kept)
    return kept, coupon
