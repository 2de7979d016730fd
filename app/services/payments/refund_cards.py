"""Gift cards that get money back: they live on, or another one takes over."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import GiftCardState
from app.core.ids import new_id
from app.repositories.payments.refund_cards import RefundCardRepository
from app.services.payments.engine.points import renewed


async def ready_cards(
    session: AsyncSession, member_id: UUID, amounts: Mapping[UUID, int], grace: timedelta
) -> dict[UUID, UUID]:
    """The card that takes what each card of `amounts` gets back, by the id of the one that paid.

    A card that would expire soon lives a `grace` longer. In place of a closed one its member gets a
    card that is linked to it: the one that took over before, or a new one, whose code nobody
    knows. A frozen card gets its money and stays frozen, also one that took over.
    """
    cards = RefundCardRepository(session)
    found: dict[UUID, UUID] = {}
    kept: list[Mapping[str, object]] = []
    for row in await cards.locked(sorted(amounts)):
        ends = row["expires_at"]
        expires_at = renewed(ends, row["at"], grace) if ends else None
        if row["state"] != GiftCardState.CLOSED:
            found[row["id"]] = row["id"]
            if expires_at != row["expires_at"]:
                kept.append({"id": row["id"], "expires_at": expires_at})
            continue
        found[row["id"]] = await cards.take_over(
            {
                "id": new_id(),
                "replaces_id": row["id"],
                "member_id": member_id,
                "amount_minor": amounts[row["id"]],
                "expires_at": expires_at,
                "code_hash": secrets.token_hex(32),
            }
        )
    await cards.renew(kept)
    return found


def amounts_by_card(back: Sequence[tuple[UUID | None, int]]) -> dict[UUID, int]:
    """What each card gets; tenders that are no card are left out."""
    return {card_id: amount for card_id, amount in back if card_id is not None}
