"""Opening a cart."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.repositories.cart import CartRepository
from app.services import catalog


async def open_cart(
    session: AsyncSession, channel: str | None, *, actor: Actor, is_group_buy: bool = False
) -> tuple[UUID, bool]:
    """The actor's open cart of a channel (the default one without a code); whether it is new.

    One of a group is another cart than the ordinary one: goods in it cost what they do for groups.

    Raises `InvalidReference` for a channel that is not active.
    """
    facts = await catalog.channel(session, channel)
    return await CartRepository.of(session, actor).open(
        actor.shopper_id, facts.id, facts.currency, is_group_buy=is_group_buy
    )
