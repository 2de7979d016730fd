"""Exclusion groups: what they are called, and which promotions are in them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.promotion_groups import PromotionGroup

# A group is there once a promotion names it, whether anybody has said what it is called or not.
LISTED = text("""
WITH used AS (
    SELECT named.code, count(*) AS promotions,
           count(*) FILTER (WHERE p.status = 'running'
               AND (p.starts_at IS NULL OR p.starts_at <= now())
               AND (p.ends_at IS NULL OR now() < p.ends_at)) AS running
      FROM promotions p CROSS JOIN LATERAL jsonb_array_elements_text(p.stack -> 'groups')
           AS named(code)
     WHERE p.status <> 'ended' AND p.archived_at IS NULL GROUP BY 1)
SELECT coalesce(g.code, u.code) AS code, g.name, g.description, g.version,
       coalesce(u.promotions, 0) AS promotions, coalesce(u.running, 0) AS running
  FROM promotion_groups g FULL JOIN used u ON u.code = g.code
 ORDER BY 1 LIMIT :limit
""")


class GroupRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: PromotionGroup) -> None:
        self._session.add(row)

    async def locked(self, code: str) -> PromotionGroup | None:
        statement = (
            select(PromotionGroup)
            .where(PromotionGroup.code == code)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return await self._session.scalar(statement)

    async def named(self, codes: Sequence[str]) -> Sequence[PromotionGroup]:
        statement = select(PromotionGroup).where(PromotionGroup.code.in_(codes))
        return (await self._session.scalars(statement)).all()

    async def listed(self, *, limit: int) -> Sequence[Any]:
        """Groups by code, with how many promotions that are not over name them."""
        return (await self._session.execute(LISTED, {"limit": limit})).all()
