"""Which present of a promotion a shopper would like, where it offers several."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.repositories.cart import CartRepository

MAX_GIFT_CHOICES = 20
"""Promotions one cart may choose a gift of."""


async def choose_gifts(
    session: AsyncSession, cart_id: UUID, choices: Mapping[UUID, UUID], *, actor: Actor
) -> None:
    """Replace the cart's choices, SKU by promotion. What is given, the quote says.

    What a promotion does not offer, or no longer has, is passed over for its first present.
    Raises `NotFound` for a cart that is not open or not the actor's.
    """
    chosen = {str(promotion_id): str(sku_id) for promotion_id, sku_id in choices.items()}
    if (
        await CartRepository.of(session, actor).choose_gifts(cart_id, actor.shopper_id, chosen)
        is None
    ):
        raise NotFound("No such open cart")
