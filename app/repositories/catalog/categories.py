"""Queries on the category tree."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.catalog import Category, Spu
from app.repositories.catalog.rows import Rows

TREE_LOCK = 7_301
"""Advisory lock of the shape of the tree: two moves at once could close a cycle."""


class CategoryRepository(Rows[Category]):
    def __init__(self, session: AsyncSession) -> None:
        super().__init__(session, Category)

    async def lock_tree(self) -> None:
        """Wait until nobody else changes the shape of the tree; held until commit."""
        await self._session.execute(select(func.pg_advisory_xact_lock(TREE_LOCK)))

    async def tree(self, *, active_only: bool) -> Sequence[Category]:
        """Every category, siblings in display order."""
        statement = select(Category).order_by(Category.position, Category.name, Category.id)
        if active_only:
            statement = statement.where(Category.is_active)
        return (await self._session.scalars(statement)).all()

    async def move_below(self, category_id: UUID, path: Sequence[UUID]) -> None:
        """Give the descendants of the category a path that starts with `path`."""
        await self._session.execute(
            text(
                """
                UPDATE categories
                SET ancestor_ids = CAST(:path AS uuid[])
                        || ancestor_ids[array_position(ancestor_ids, :id):],
                    version = version + 1, updated_at = now()
                WHERE ancestor_ids @> ARRAY[CAST(:id AS uuid)]
                """
            ),
            {"path": list(path), "id": category_id},
        )

    async def depth_below(self, category_id: UUID) -> int:
        """How many levels hang below the category."""
        found = await self._session.scalar(
            text(
                """
                SELECT max(cardinality(ancestor_ids) - array_position(ancestor_ids, :id) + 1)
                FROM categories WHERE ancestor_ids @> ARRAY[CAST(:id AS uuid)]
                """
            ),
            {"id": category_id},
        )
        return found or 0

    async def is_empty(self, category_id: UUID) -> bool:
        """Whether neither a category nor a product lies directly in it."""
        used = select(
            exists().where(Category.parent_id == category_id)
            | exists().where(Spu.category_id == category_id)
        )
        return not await self._session.scalar(used)
