"""The codes of a batch of gift cards, shown once (ADR 22)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import NotFound
from app.repositories.payments.card_batches import CardBatchRepository
from app.services import system
from app.services.payments.card_batches import card_code
from app.services.payments.errors import CardBatchNotReady
from app.services.payments.terms import PaymentTerms

PATIENCE: Final = timedelta(minutes=5)
"""How long an export may take before it counts as broken off, and may be asked for again."""

ROWS_A_BLOCK: Final = 1_000


@dataclass(frozen=True, slots=True)
class CardExport:
    """What codes are derived from; not to be kept longer than it takes."""

    batch_id: UUID
    batch: str
    count: int
    salt: bytes

    def blocks(self, terms: PaymentTerms) -> Iterator[bytes]:
        """CSV (RFC 4180) with a header, a thousand codes at a time, none held in memory."""
        yield b"number,code\r\n"
        for start in range(0, self.count, ROWS_A_BLOCK):
            numbers = range(start, min(start + ROWS_A_BLOCK, self.count))
            yield "".join(
                [f"{each + 1},{card_code(terms, self.salt, each)}\r\n" for each in numbers]
            ).encode()


async def begin_card_export(
    session: AsyncSession, batch_id: UUID, *, actor: Actor, terms: PaymentTerms
) -> CardExport:
    """Take the batch's turn to be shown; call `finish_card_export` once every code was sent.

    Raises `NotFound`, and `CardBatchNotReady` while cards are made, while somebody else is at it,
    after it was shown and when codes were made with another secret.
    """
    row = await CardBatchRepository(session).get(batch_id, lock=True)
    if row is None:
        raise NotFound("There is no such batch")
    if row.salt is None:
        raise CardBatchNotReady("Its codes were shown, and cannot be shown again", made=row.made)
    if row.made < row.count:
        raise CardBatchNotReady("The cards are still being made", made=row.made)
    if row.exporting_until is not None and now() < row.exporting_until:
        raise CardBatchNotReady("Wait until the other export is over, or broken off", made=row.made)
    first = terms.code_hash(card_code(terms, row.salt, 0))
    if not await CardBatchRepository(session).has_code(first):
        raise CardBatchNotReady("The secret has changed since; issue another batch", made=row.made)
    row.exporting_until = now() + PATIENCE
    await session.flush()
    await system.record(
        session,
        actor,
        "payments.export_card_batch",
        "gift_card_batch",
        row.batch,
        {"count": row.count},
    )
    return CardExport(row.id, row.batch, row.count, row.salt)


async def finish_card_export(session: AsyncSession, batch_id: UUID) -> None:
    """Every code was sent: forget what they could be derived from again."""
    row = await CardBatchRepository(session).get(batch_id, lock=True)
    if row is None or row.salt is None:
        return
    row.salt = row.exporting_until = None
    row.version += 1
    row.updated_at = now()
    await session.flush()
