"""Pages made of rows that were read one beyond the limit."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from app.schemas.base import Output, Page


class HasId(Protocol):
    @property
    def id(self) -> UUID: ...


Shape = TypeVar("Shape", bound=Output)


def page_of(shape: type[Shape], rows: Sequence[HasId], limit: int) -> Page[Shape]:
    """The first `limit` rows; a row beyond them says that there is a next page."""
    shown = rows[:limit]
    items = [shape.model_validate(row) for row in shown]
    return Page(items=items, next_after=str(shown[-1].id) if len(rows) > limit else None)
