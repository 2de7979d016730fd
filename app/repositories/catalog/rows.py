"""What staff screens need of any catalog table: one row, a locked row, a keyset page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.models.base import Versioned

M = TypeVar("M", bound=Versioned)


@dataclass(frozen=True, slots=True)
class Slice(Generic[M]):
    """One page of rows, newest first; `next_after` is None on the last page."""

    items: list[M]
    next_after: str | None


class Rows(Generic[M]):
    """Rows of one table. Never commits."""

    def __init__(self, session: AsyncSession, model: type[M]) -> None:
        self._session = session
        self._model = model

    async def add(self, row: M) -> M:
        self._session.add(row)
        await self._session.flush()
        return row

    async def remove(self, row: M) -> None:
        await self._session.delete(row)
        await self._session.flush()

    async def get(self, row_id: UUID, *where: ColumnElement[bool]) -> M:
        """The row, if it meets `where` too; raises `NotFound`."""
        return await self._one(select(self._model).where(self._model.id == row_id, *where))

    async def locked(
        self, row_id: UUID, *where: ColumnElement[bool], version: int | None = None
    ) -> M:
        """The row, locked until commit. Raises `StaleVersion` when `version` is not its own."""
        row = await self._one(
            select(self._model)
            .where(self._model.id == row_id, *where)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if version is not None and row.version != version:
            raise StaleVersion("Read it again and repeat the change", version=row.version)
        return row

    async def page(self, *where: ColumnElement[bool], after: UUID | None, limit: int) -> Slice[M]:
        statement = select(self._model).where(*where)
        if after is not None:
            statement = statement.where(self._model.id < after)
        statement = statement.order_by(self._model.id.desc()).limit(limit + 1)
        found = list(await self._session.scalars(statement))
        return Slice(found[:limit], str(found[limit - 1].id) if len(found) > limit else None)

    async def first(
        self, *where: ColumnElement[bool], order: Sequence[Any], limit: int
    ) -> Sequence[M]:
        """The first rows in `order`."""
        statement = select(self._model).where(*where).order_by(*order).limit(limit)
        return (await self._session.scalars(statement)).all()

    async def refuse_taken(
        self, field: str, value: Any, *where: ColumnElement[bool], but: UUID | None = None
    ) -> None:
        """Raise `AlreadyExists` when another row has `value` in `field`."""
        statement = select(self._model.id).where(getattr(self._model, field) == value, *where)
        if but is not None:
            statement = statement.where(self._model.id != but)
        if await self._session.scalar(statement.limit(1)) is not None:
            raise AlreadyExists(f"{field} is taken", field=field)

    async def require(self, row_id: UUID | None, *, field: str) -> None:
        """Raise `InvalidReference` when `row_id` is given and names no row."""
        if row_id is None:
            return
        found = await self._session.scalar(
            select(func.count()).select_from(self._model).where(self._model.id == row_id)
        )
        if not found:
            raise InvalidReference(f"{field} names nothing known", field=field)

    async def _one(self, statement: Any) -> M:
        row: M | None = await self._session.scalar(statement)
        if row is None:
            raise NotFound(f"No such {self._model.__name__.lower()}")
        return row
