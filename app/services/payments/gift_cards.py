"""Gift cards: issued without money, activated with it, bound to a member by their code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.enums.payments import CardFunding, GiftCardState, TenderKind
from app.core.errors import AlreadyExists, NotFound
from app.core.ids import new_id, random_code
from app.repositories.payments.gift_cards import GiftCardRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.errors import GiftCardUnusable, IllegalGiftCardTransition
from app.services.payments.requests import TenderRequest
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms

CODE_LENGTH, TAIL_LENGTH = 16, 4  # 16 characters of 5 bits: 80 bits
TRIES, TRIES_PER_SECOND = 10, 10 / 600


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueGiftCards:
    batch: str
    count: int
    currency: str
    face_minor: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """`code` is shown here and never again."""

    id: UUID
    code: str


async def issue_gift_cards(
    session: AsyncSession,
    command: IssueGiftCards,
    *,
    actor: Actor,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> tuple[IssuedCard, ...]:
    """Make cards that are worth nothing until activated; only hashes of their codes are kept.

    Raises `AlreadyExists` for a known batch, so a lost answer is seen instead of issued twice.
    """
    cards = GiftCardRepository(session)
    if await cards.has_batch(command.batch):
        raise AlreadyExists("The batch has been issued", field="batch")
    issued = tuple(IssuedCard(new_id(), random_code(CODE_LENGTH)) for _ in range(command.count))
    await cards.insert(
        [(each.id, terms.code_hash(each.code), each.code[-TAIL_LENGTH:]) for each in issued],
        batch=command.batch,
        currency=command.currency,
        face_minor=command.face_minor,
        expires_at=command.expires_at,
    )
    changes = {"count": command.count, "face_minor": command.face_minor}
    await system.record(
        session, actor, "payments.issue_gift_cards", "gift_card_batch", command.batch, changes
    )
    return issued


async def activate_gift_cards(
    session: AsyncSession,
    *,
    funding: CardFunding,
    actor: Actor,
    batch: str | None = None,
    ids: Sequence[UUID] = (),
) -> int:
    """Put the face value on issued cards of a batch or among `ids`; how many there were."""
    rows = await GiftCardRepository(session).activate(batch=batch, ids=ids)
    await ledger.post(session, [activation(row, funding) for row in rows], actor=actor)
    changes = {"cards": [str(row.id) for row in rows], "funding": funding}
    await system.record(
        session, actor, "payments.activate_gift_cards", "gift_card_batch", batch, changes
    )
    return len(rows)


async def freeze_gift_card(
    session: AsyncSession, card_id: UUID, *, is_frozen: bool, actor: Actor
) -> Row[Any]:
    """Stop a card from paying, or let it pay again. Raises `IllegalGiftCardTransition`."""
    source, target = GiftCardState.ACTIVE, GiftCardState.FROZEN
    if not is_frozen:
        source, target = target, source
    cards = GiftCardRepository(session)
    moved = await cards.move(card_id, source, target)
    found = await cards.find(limit=1, id=card_id)
    if not found:
        raise NotFound("No such gift card")
    if not moved and found[0].state != target:
        raise IllegalGiftCardTransition(f"It is not {source}", state=found[0].state)
    if moved:
        await system.record(session, actor, "payments.freeze_gift_card", "gift_card", card_id)
    return found[0]


async def bind_gift_card(
    sessions: Sessions,
    member_id: UUID,
    code: str,
    *,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> Row[Any]:
    """Make the card with `code` the member's own, so that it can be used without the code.

    Raises `TooManyRequests` after a few tries, and `GiftCardUnusable` with one answer for every
    cause: wrong, not active, expired, somebody else's.
    """
    await _count_tries(sessions, member_id, 1, terms)
    async with unit_of_work(sessions) as session:
        cards = GiftCardRepository(session)
        card_id = await cards.bind(terms.code_hash(code), member_id)
        if card_id is None:
            raise GiftCardUnusable("Check the code")
        found: Row[Any] = (await cards.find(limit=1, id=card_id))[0]
        return found


async def throttle_codes(
    sessions: Sessions,
    member_id: UUID,
    requests: Sequence[TenderRequest],
    *,
    terms: PaymentTerms,
) -> None:
    """Call before quoting or placing with tenders: codes in them count as tries.

    Raises `TooManyRequests`.
    """
    codes = sum(bool(each.code) for each in requests if each.kind is TenderKind.GIFT_CARD)
    if codes:
        await _count_tries(sessions, member_id, codes, terms)


async def list_gift_cards(
    session: AsyncSession, *, after: UUID | None, limit: int, **filters: Any
) -> list[Row[Any]]:
    """One card more than `limit`, newest first, so the caller sees whether there are more."""
    return await GiftCardRepository(session).find(limit=limit + 1, after=after, **filters)


async def _count_tries(
    sessions: Sessions, member_id: UUID, tries: int, terms: PaymentTerms
) -> None:
    """In a transaction of their own, so that a refusal does not give them back."""
    if terms.counts_code_tries:
        async with unit_of_work(sessions) as session:
            key = f"gift-code:{member_id}"
            await system.limits.take(session, key, TRIES, TRIES_PER_SECOND, cost=tries)


def activation(row: Row[Any], funding: CardFunding, reason: str | None = None) -> ledger.Journal:
    """The face value put on a card, from whoever pays for it."""
    return ledger.Journal(
        key=f"gift_card:{row.id}",
        kind=f"gift_card_{funding}",
        entries=ledger.transfer(
            _funded_by(funding, row.currency),
            journals.gift_card(row.id, ledger.AVAILABLE, row.currency),
            row.face_minor,
        ),
        reason=reason,
    )


def _funded_by(funding: CardFunding, currency: str) -> ledger.Account:
    if funding is CardFunding.SOLD:
        return ledger.Account(AccountKind.BANK, "gift_cards", currency=currency)
    return ledger.Account(AccountKind.GOODWILL_COST, currency=currency)
