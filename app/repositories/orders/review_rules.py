"""Review rules and the blacklist, as staff keep them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.order_reviews import BlacklistEntry, OrderReviewRule


class ReviewRuleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: OrderReviewRule | BlacklistEntry) -> None:
        """Raises `IntegrityError` for what is on the blacklist already."""
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)

    async def delete(self, row: OrderReviewRule | BlacklistEntry) -> None:
        await self._session.delete(row)
        await self._session.flush()

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[OrderReviewRule]:
        """Newest first."""
        found = select(OrderReviewRule).order_by(OrderReviewRule.id.desc()).limit(limit)
        if after is not None:
            found = found.where(OrderReviewRule.id < after)
        return (await self._session.scalars(found)).all()

    async def rule(self, rule_id: UUID, *, lock: bool = False) -> OrderReviewRule | None:
        found = select(OrderReviewRule).where(OrderReviewRule.id == rule_id)
        if lock:
            found = found.with_for_update(key_share=True)
        return await self._session.scalar(found)

    async def enabled(self) -> Sequence[OrderReviewRule]:
        found = select(OrderReviewRule).where(OrderReviewRule.is_enabled)
        return (await self._session.scalars(found)).all()

    async def blacklist(
        self, *, kind: str | None, after: UUID | None, limit: int
    ) -> Sequence[BlacklistEntry]:
        """Newest first."""
        found = select(BlacklistEntry).order_by(BlacklistEntry.id.desc()).limit(limit)
        if kind is not None:
            found = found.where(BlacklistEntry.kind == kind)
        if after is not None:
            found = found.where(BlacklistEntry.id < after)
        return (await self._session.scalars(found)).all()

    async def entry(self, entry_id: UUID) -> BlacklistEntry | None:
        return await self._session.get(BlacklistEntry, entry_id)
