"""Batches of gift cards."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_card_batches import GiftCardBatch

_KNOWN_CODE = text("SELECT EXISTS (SELECT FROM gift_cards WHERE code_hash = :hash)")

# Cards somebody is at just now are found by the next look.
_ACTIVATE = text("""
    UPDATE gift_cards SET state = 'active', version = version + 1, updated_at = now()
    WHERE id IN (SELECT id FROM gift_cards WHERE batch = :batch AND state = 'issued'
                 ORDER BY id LIMIT :limit FOR NO KEY UPDATE)
      AND state = 'issued'
    RETURNING id, currency, face_minor
""")


class CardBatchRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: GiftCardBatch) -> None:
        self._session.add(row)

    async def get(self, batch_id: UUID, *, lock: bool = False) -> GiftCardBatch | None:
        return await self._session.get(
            GiftCardBatch, batch_id, with_for_update=lock or None, populate_existing=True
        )

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[GiftCardBatch]:
        """Batches, newest first."""
        statement = select(GiftCardBatch).order_by(GiftCardBatch.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(GiftCardBatch.id < after)
        return (await self._session.scalars(statement)).all()

    async def next_work(self) -> GiftCardBatch | None:
        """The oldest batch to make or activate, locked; what others work on is left out."""
        statement = (
            select(GiftCardBatch)
            .where(or_(GiftCardBatch.made < GiftCardBatch.count, GiftCardBatch.activating))
            .order_by(GiftCardBatch.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        return await self._session.scalar(statement)

    async def activate(self, batch: str, *, limit: int) -> list[Row[Any]]:
        """Up to `limit` issued cards of the batch become active."""
        found = await self._session.execute(_ACTIVATE, {"batch": batch, "limit": limit})
        return list(found)

    async def has_code(self, code_hash: str) -> bool:
        return bool(await self._session.scalar(_KNOWN_CODE, {"hash": code_hash}))
