"""Keyset pages: `?limit=1..100&after=<cursor>`."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol, Self, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError

from app.schemas.base import Output, Page, WholeNumber

Shape = TypeVar("Shape", bound=Output)


class HasId(Protocol):
    @property
    def id(self) -> UUID: ...


LimitParam = Annotated[WholeNumber, Query(ge=1, le=100, description="How many items at most.")]
AfterParam = Annotated[
    str | None,
    Query(max_length=512, description="`next_after` of the page before; absent for the first."),
]


@dataclass(frozen=True, slots=True)
class PageQuery:
    """A page of a list that is sorted by id alone, newest first."""

    after: UUID | None
    limit: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page of a sorted list ended: the sort, and the key and id of its last row."""

    sort: str
    key: int | str | None
    id: UUID

    def encode(self) -> str:
        """The text clients send back as `after`."""
        return _pack(orjson.dumps([self.sort, self.key, self.id]))

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raise `RequestValidationError` for a text no list of ours has handed out."""
        try:
            parts = orjson.loads(_unpack(text))
        except ValueError as error:
            raise unknown_cursor() from error
        match parts:
            case [str(sort), int() | str() | None as key, str(id_)] if not isinstance(key, bool):
                return cls(sort, _known(key), _uuid(id_))
        raise unknown_cursor()


@dataclass(frozen=True, slots=True)
class KeysetQuery:
    """A page of a list with a choice of sorts."""

    position: Position | None
    limit: int

    def after(self, sort: str) -> Position | None:
        """Where to go on in `sort`; a cursor of another sort is refused."""
        if self.position is not None and self.position.sort != sort:
            raise unknown_cursor()
        return self.position


async def get_page(after: AfterParam = None, limit: LimitParam = 20) -> PageQuery:
    return PageQuery(None if after is None else _uuid(after), limit)


async def get_keyset(after: AfterParam = None, limit: LimitParam = 20) -> KeysetQuery:
    return KeysetQuery(None if after is None else Position.decode(after), limit)


PageDep = Annotated[PageQuery, Depends(get_page)]
KeysetDep = Annotated[KeysetQuery, Depends(get_keyset)]


def page_of(rows: Sequence[HasId], limit: int, shape: type[Shape]) -> Page[Shape]:
    """The first `limit` of `rows` as a page by id; one row more says that there is a next page."""
    items = [shape.model_validate(row) for row in rows[:limit]]
    return Page[Shape](
        items=items, next_after=str(rows[limit - 1].id) if len(rows) > limit else None
    )


def unknown_cursor() -> RequestValidationError:
    error = {"type": "unknown_cursor", "loc": ("query", "after"), "msg": "No list gave this cursor"}
    return RequestValidationError([error])


def _known(key: int | str | None) -> int | str | None:
    if isinstance(key, str) and "\x00" in key:
        raise unknown_cursor()
    if isinstance(key, int) and not -(2**63) <= key < 2**63:
        raise unknown_cursor()
    return key


def _uuid(text: str) -> UUID:
    try:
        found = UUID(text)
    except ValueError as error:
        raise unknown_cursor() from error
    if str(found) != text:
        raise unknown_cursor()
    return found


def _pack(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpack(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(text) from error
