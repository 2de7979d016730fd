"""Who is asking. Built at the edge, passed to services, recorded in the audit trail."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from uuid import UUID

from app.core.enums.scopes import Scope
from app.core.errors import DomainError


class Audience(StrEnum):
    """The realm of a caller; also the `aud` claim of its tokens."""

    STOREFRONT = "storefront"
    ADMIN = "admin"
    MERCHANT = "merchant"


class Unauthenticated(DomainError):
    slug, title, title_zh = "unauthenticated", "Sign in first", "请先登录"
    status = HTTPStatus.UNAUTHORIZED


class WrongAudience(DomainError):
    slug, title, title_zh = (
        "wrong-audience",
        "The token is for another audience",
        "令牌不适用于此接口",
    )
    status = HTTPStatus.FORBIDDEN


class InsufficientScope(DomainError):
    slug, title, title_zh = "insufficient-scope", "The caller lacks a permission", "权限不足"
    status = HTTPStatus.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Actor:
    """A verified caller.

    `id` is the member, staff or API key id; `session_id` the login session, absent for keys;
    `scopes` is what the caller may do; `merchant_id` its tenant, if any. A guest is an actor of
    audience `storefront` whose member row is of kind guest.
    """

    audience: Audience
    id: UUID
    session_id: UUID | None = None
    scopes: frozenset[Scope] = frozenset()
    merchant_id: UUID | None = None
    is_guest: bool = False

    @property
    def principal(self) -> str:
        """How idempotency keys, rate limits and logs name this caller."""
        return f"{self.audience}:{self.id}"

    def require(self, *needed: Scope) -> None:
        """Raise `InsufficientScope` naming every scope the caller lacks."""
        if missing := set(needed) - self.scopes:
            raise InsufficientScope("The caller lacks a scope", missing_scopes=sorted(missing))
