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


class SecondPersonNeeded(DomainError):
    """Who asks for something, or says it is so, cannot be the one who approves it.

    The one problem of every rule of two people. 403, not 409: nothing about the thing is in the
    way and the caller's rights are enough, but no repetition by this caller will ever do.
    """

    slug, title, title_zh = (
        "second-person-needed",
        "Somebody else must approve it",
        "须由他人审批",
    )
    status = HTTPStatus.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Actor:
    """A verified caller.

    `id` is the member, staff or API key id; `session_id` the login session, absent for keys;
    `scopes` is what the caller may do; `merchant_id` its tenant, if any. A guest is an actor of
    audience `storefront` whose member row is of kind guest. Staff who shop for a member do it
    `on_behalf_of` that member.
    """

    audience: Audience
    id: UUID
    session_id: UUID | None = None
    scopes: frozenset[Scope] = frozenset()
    merchant_id: UUID | None = None
    is_guest: bool = False
    on_behalf_of: UUID | None = None

    @property
    def shopper_id(self) -> UUID:
        """Whose cart and orders these are: the member's, whoever sees to them."""
        return self.on_behalf_of or self.id

    @property
    def principal(self) -> str:
        """How idempotency keys, rate limits and logs name this caller."""
        return f"{self.audience}:{self.id}"

    def require(self, *needed: Scope) -> None:
        """Raise `InsufficientScope` naming every scope the caller lacks."""
        if missing := set(needed) - self.scopes:
            raise InsufficientScope("The caller lacks a scope", missing_scopes=sorted(missing))

    def is_any_of(self, *principals: str | None) -> bool:
        """Whether this caller is one of those recorded; nobody recorded is nobody."""
        return self.principal in principals

    def require_other_than(self, *principals: str | None) -> None:
        """Raise `SecondPersonNeeded` for who had a part in what now needs another's agreement.

        `principals` are as they were recorded; where nobody was, anybody may agree.
        """
        if self.is_any_of(*principals):
            raise SecondPersonNeeded("Let somebody else look at it")
