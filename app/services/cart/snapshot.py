"""The selected lines of a cart, for quoting and ordering."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.repositories.cart import CartRepository
from app.services import delivery
from app.services.cart.types import CartSnapshot, cart_of


async def snapshot(
    session: AsyncSession,
    cart_id: UUID,
    actor: Actor,
    *,
    lock: bool = False,
    address_id: UUID | None = None,
    wish: Mapping[str, Any] | None = None,
) -> CartSnapshot:
    """The actor's open cart in one statement; with `lock`, cart and member locked until commit.

    With an `address_id` it comes with that address, if it is the actor's, with a `wish` for its
    delivery with the point and the slot that names.

    Raises `NotFound` for a cart that is not open or not the actor's.
    """
    wish = wish or {}
    row = await CartRepository.of(session, actor).snapshot(
        cart_id,
        actor.shopper_id,
        lock=lock,
        address_id=address_id,
        point_id=wish.get("pickup_point_id"),
        slot_id=wish.get("slot_id"),
    )
    if row is None:
        raise NotFound("No such open cart")
    return replace(
        cart_of(row, row["lines"]),
        address=row["address"],
        offered=delivery.offered_of(row["freight"], row["point"], row["slot"]),
    )
