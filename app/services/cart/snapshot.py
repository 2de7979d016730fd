"""The selected lines of a cart, for quoting and ordering."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.repositories.cart import CartRepository
from app.services.cart.types import CartSnapshot, cart_of


async def snapshot(
    session: AsyncSession, cart_id: UUID, actor: Actor, *, lock: bool = False
) -> CartSnapshot:
    """The actor's open cart in one statement; with `lock`, locked until commit.

    Raises `NotFound` for a cart that is not open or not the actor's.
    """
    row = await CartRepository(session).snapshot(cart_id, actor.id, lock=lock)
    if row is None:
        raise NotFound("No such open cart")
    return cart_of(row, row["lines"])
