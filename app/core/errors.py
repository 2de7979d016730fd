"""Domain errors: what went wrong, in business terms, with a stable machine-readable slug."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal the caller can act on. Subclass once per reason; `slug` is part of the API.

    `status` is the HTTP status the edge answers with, `title_zh` the title for readers of Chinese.
    `context` becomes the extra members of the problem document, so put identifiers and amounts
    there rather than only in the sentence. `retry_after_seconds` becomes `Retry-After`.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    title_zh: ClassVar[str]
    status: ClassVar[HTTPStatus] = HTTPStatus.CONFLICT

    def __init__(
        self, detail: str, *, retry_after_seconds: int | None = None, **context: Any
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds
        self.context: Mapping[str, Any] = context


class NotFound(DomainError):
    """Also raised for things the caller may not know exist (404 rather than 403)."""

    slug, title, title_zh = "not-found", "Not found", "未找到"
    status = HTTPStatus.NOT_FOUND


class InvalidReference(DomainError):
    """A body names something that does not exist for this caller."""

    slug, title, title_zh = "invalid-reference", "The request names an unknown thing", "引用无效"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class StaleVersion(DomainError):
    """`If-Match` names a version that is no longer current."""

    slug, title, title_zh = "stale-version", "Somebody changed it meanwhile", "数据已被他人修改"
    status = HTTPStatus.PRECONDITION_FAILED


class AlreadyExists(DomainError):
    """A natural key (code, slug, e-mail, …) is taken; `field` names it."""

    slug, title, title_zh = "already-exists", "Already exists", "已存在"
