"""Templates of promotions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.promotion_templates import PromotionTemplate


class TemplateRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: PromotionTemplate) -> None:
        self._session.add(row)

    async def get(self, template_id: UUID, *, lock: bool = False) -> PromotionTemplate | None:
        return await self._session.get(
            PromotionTemplate, template_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(
        self, *, is_active: bool | None, after: UUID | None, limit: int
    ) -> Sequence[PromotionTemplate]:
        """Templates, newest first."""
        statement = select(PromotionTemplate).order_by(PromotionTemplate.id.desc()).limit(limit)
        if is_active is not None:
            statement = statement.where(PromotionTemplate.is_active == is_active)
        if after is not None:
            statement = statement.where(PromotionTemplate.id < after)
        return (await self._session.scalars(statement)).all()
