"""What staff do for a card in use: a longer life, and another one for a card that was lost."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import GiftCardState
from app.core.errors import NotFound
from app.core.ids import new_id, random_code
from app.repositories.payments.gift_cards import GiftCardRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.errors import GiftCardHeld, IllegalGiftCardTransition
from app.services.payments.gift_cards import CODE_LENGTH, TAIL_LENGTH, IssuedCard
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms

USABLE = frozenset({GiftCardState.ACTIVE, GiftCardState.FROZEN})


async def renew_gift_card(
    session: AsyncSession, card_id: UUID, *, expires_at: datetime, actor: Actor
) -> Row[Any]:
    """Let a card live until `expires_at`, also one that has expired with money left.

    Raises `NotFound`, and `IllegalGiftCardTransition` for a card that is closed, never ends or
    ends later.
    """
    cards = GiftCardRepository(session)
    renewed = await cards.renew(card_id, expires_at)
    row = await _card(cards, card_id)
    if not renewed:
        if row.state != GiftCardState.CLOSED and row.expires_at == expires_at:
            return row
        raise IllegalGiftCardTransition("It is closed, or ends no sooner", state=row.state)
    changes = {"expires_at": expires_at.isoformat()}
    await system.record(session, actor, "payments.renew_gift_card", "gift_card", card_id, changes)
    return row


async def replace_gift_card(
    session: AsyncSession,
    card_id: UUID,
    *,
    reason: str,
    actor: Actor,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> IssuedCard:
    """Close a card and move what is on it to a new one with a new code, of the same owner.

    Later refunds of the old one go to the new one. Raises `NotFound`, `IllegalGiftCardTransition`
    for a card that is not in use or empty, and `GiftCardHeld` while an order holds some of it.
    """
    cards = GiftCardRepository(session)
    await cards.lock(card_id)
    row = await _card(cards, card_id)
    if row.state not in USABLE or not row.available_minor + row.held_minor:
        raise IllegalGiftCardTransition("There is nothing to move", state=row.state)
    if row.held_minor:
        raise GiftCardHeld("Wait until the order is paid or closed", held_minor=row.held_minor)
    issued = IssuedCard(new_id(), random_code(CODE_LENGTH))
    made = (issued.id, terms.code_hash(issued.code), issued.code[-TAIL_LENGTH:])
    await cards.replace(card_id, made, face_minor=row.available_minor)
    journal = ledger.Journal(
        key=f"gift_card_replaced:{card_id}",
        kind="gift_card_replaced",
        entries=ledger.transfer(
            journals.gift_card(card_id, ledger.AVAILABLE, row.currency),
            journals.gift_card(issued.id, ledger.AVAILABLE, row.currency),
            row.available_minor,
        ),
        reason=reason,
    )
    await ledger.post(session, [journal], actor=actor)
    changes = {"by": str(issued.id), "reason": reason}
    await system.record(session, actor, "payments.replace_gift_card", "gift_card", card_id, changes)
    return issued


async def _card(cards: GiftCardRepository, card_id: UUID) -> Row[Any]:
    found = await cards.find(limit=1, id=card_id)
    if not found:
        raise NotFound("No such gift card")
    return found[0]
