"""What a change would make of an order; nothing is written."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import GiftChoice
from app.services.orders.changes.planned import facts_of, planned
from app.services.orders.changes.rules import require_open
from app.services.orders.changes.wish import ChangeWish
from app.services.orders.refund import WishPreview, preview_wish


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreview:
    """`refund` is what comes back for pieces that are taken off.

    `order_version` is what the change has to name.
    """

    order_version: int
    before: dict[str, Any]
    after: dict[str, Any]
    pieces: tuple[tuple[UUID, int], ...]
    refund: WishPreview | None


async def preview_change(
    session: AsyncSession, order_id: UUID, wish: ChangeWish, *, actor: Actor
) -> ChangePreview:
    """What would change. Raises what the change would raise, but for gifts: those it names."""
    facts = await facts_of(session, order_id, actor=actor)
    found = await planned(session, facts, wish, actor=actor)
    refund = None
    if found.refund is not None:
        refund = await preview_wish(session, order_id, found.refund, actor=actor)
        if wish.gift_choice is GiftChoice.RETURN_GIFT:
            gifts = tuple((each.line_id, each.quantity) for each in refund.gifts)
            require_open(found.open_pieces, wish.pieces + gifts)
    return ChangePreview(
        order_version=facts["version"],
        before=found.before,
        after=found.after,
        pieces=wish.pieces,
        refund=refund,
    )
