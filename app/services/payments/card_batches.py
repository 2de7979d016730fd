"""Large batches of gift cards: ordered at once, made and activated by the worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import CardFunding
from app.core.errors import AlreadyExists, NotFound
from app.core.ids import new_id
from app.core.security.secrets import derived_code
from app.models.gift_card_batches import GiftCardBatch
from app.repositories.payments.card_batches import CardBatchRepository
from app.repositories.payments.gift_cards import GiftCardRepository
from app.services import ledger, system
from app.services.payments.errors import CardBatchNotReady
from app.services.payments.gift_cards import TAIL_LENGTH, activation
from app.services.payments.terms import PaymentTerms

SALT_BYTES: Final = 32
MADE_AT_ONCE: Final = 5_000
ACTIVATED_AT_ONCE: Final = 500
LONGEST_TURN: Final = 100
"""Chunks of one turn, so that a turn ends long before its lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCardBatch:
    batch: str
    count: int
    currency: str
    face_minor: int
    expires_at: datetime | None = None


async def open_card_batch(
    session: AsyncSession, command: NewCardBatch, *, actor: Actor
) -> GiftCardBatch:
    """Order cards that are worth nothing until activated. Raises `AlreadyExists`."""
    if await GiftCardRepository(session).has_batch(command.batch):
        raise AlreadyExists("The batch has been issued", field="batch")
    row = GiftCardBatch(
        id=new_id(),
        batch=command.batch,
        count=command.count,
        currency=command.currency,
        face_minor=command.face_minor,
        expires_at=command.expires_at,
        salt=token_bytes(SALT_BYTES),
    )
    CardBatchRepository(session).add(row)
    await session.flush()
    await session.refresh(row)
    changes = {"count": row.count, "face_minor": row.face_minor, "currency": row.currency}
    await system.record(
        session, actor, "payments.open_card_batch", "gift_card_batch", row.batch, changes
    )
    return row


async def get_card_batch(session: AsyncSession, batch_id: UUID) -> GiftCardBatch:
    row = await CardBatchRepository(session).get(batch_id)
    if row is None:
        raise NotFound("There is no such batch")
    return row


async def list_card_batches(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[GiftCardBatch]:
    """One batch more than `limit`, newest first, so the caller sees whether there are more."""
    return await CardBatchRepository(session).page(after=after, limit=limit + 1)


async def activate_card_batch(
    session: AsyncSession, batch_id: UUID, *, funding: CardFunding, actor: Actor
) -> GiftCardBatch:
    """Order the face value put on every card of the batch that was not activated by itself.

    The worker does it. Ordering it again changes nothing. Raises `NotFound`, and
    `CardBatchNotReady` while the batch is being made or when it was funded otherwise.
    """
    row = await CardBatchRepository(session).get(batch_id, lock=True)
    if row is None:
        raise NotFound("There is no such batch")
    if row.made < row.count:
        raise CardBatchNotReady("The cards are still being made", made=row.made)
    if row.funding is not None:
        if row.funding != funding:
            raise CardBatchNotReady("It was funded otherwise", made=row.made)
        return row
    row.funding, row.activating, row.activated_by = funding, True, actor.principal
    row.version += 1
    row.updated_at = now()
    await session.flush()
    await system.record(
        session,
        actor,
        "payments.activate_card_batch",
        "gift_card_batch",
        row.batch,
        {"funding": funding},
    )
    return row


async def work_on_card_batches(sessions: Sessions, terms: PaymentTerms) -> int:
    """Make and activate what was ordered, a chunk a transaction; how many chunks there were.

    Cut short at any point it goes on there; two workers never do the same twice.
    """
    for done in range(LONGEST_TURN):
        async with unit_of_work(sessions) as session:
            row = await CardBatchRepository(session).next_work()
            if row is None:
                return done
            if row.made < row.count:
                await _make(session, row, terms)
            else:
                await _activate(session, row)
    return LONGEST_TURN


def card_code(terms: PaymentTerms, salt: bytes, number: int) -> str:
    """The code of a batch with this salt and number (ADR 22)."""
    return derived_code(terms.pepper, "gift-card-series", salt, number)


async def _make(session: AsyncSession, row: GiftCardBatch, terms: PaymentTerms) -> None:
    if row.salt is None:
        raise ValueError(f"{row.batch} was shown before it was made")
    numbers = range(row.made, min(row.made + MADE_AT_ONCE, row.count))
    codes = [card_code(terms, row.salt, number) for number in numbers]
    await GiftCardRepository(session).insert(
        [(new_id(), terms.code_hash(code), code[-TAIL_LENGTH:]) for code in codes],
        batch=row.batch,
        currency=row.currency,
        face_minor=row.face_minor,
        expires_at=row.expires_at,
    )
    row.made = numbers.stop
    await _touched(session, row)


async def _activate(session: AsyncSession, row: GiftCardBatch) -> None:
    if row.funding is None:
        raise ValueError(f"nobody said who pays for {row.batch}")
    cards = await CardBatchRepository(session).activate(row.batch, limit=ACTIVATED_AT_ONCE)
    reason = f"Batch {row.batch}, ordered by {row.activated_by}"
    await ledger.post(session, [activation(card, row.funding, reason) for card in cards])
    row.activated += len(cards)
    row.activating = len(cards) == ACTIVATED_AT_ONCE
    await _touched(session, row)


async def _touched(session: AsyncSession, row: GiftCardBatch) -> None:
    row.version += 1
    row.updated_at = now()
    await session.flush()
