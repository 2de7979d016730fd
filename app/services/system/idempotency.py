"""Doing a thing once however often it is asked for.

The claim, the work and its answer share one transaction. A use case that needs more than one
calls `claim` and `store` in its first, and finds its own way on when the request is repeated.
"""

import hashlib
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import DomainError
from app.repositories.system.idempotency import IdempotencyRepository


class IdempotencyKeyReused(DomainError):
    slug, title, title_zh = (
        "idempotency-key-reused",
        "The key belongs to a different request",
        "该幂等键已用于另一个请求",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IdempotencyInProgress(DomainError):
    slug, title, title_zh = (
        "idempotency-in-progress",
        "The same request is being carried out",
        "相同请求正在处理中",
    )


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request as the caller named it. `fingerprint` tells what was asked for."""

    principal: str
    route: str
    key: str
    fingerprint: str

    @property
    def lock(self) -> int:
        """The advisory lock of principal, route and key, a signed 64-bit number."""
        scope = f"{self.principal}\n{self.route}\n{self.key}".encode()
        return int.from_bytes(hashlib.sha256(scope).digest()[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    body: bytes


async def claim(session: AsyncSession, request: IdempotentRequest) -> StoredAnswer | None:
    """The stored answer, or None when the caller shall do the work now and `store` its answer.

    Holds an advisory lock until the transaction ends. Raises `IdempotencyInProgress` while another
    transaction holds it and `IdempotencyKeyReused` when the key was sent with another request.
    """
    found = await IdempotencyRepository(session).claim(
        request.principal, request.route, request.key, request.lock
    )
    if found.fingerprint is None:
        if not found.is_locked:
            raise _in_progress()
        return None
    if found.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused("Send a new Idempotency-Key for a new request")
    return StoredAnswer(found.status, found.body)


async def store(
    session: AsyncSession, request: IdempotentRequest, *, status: int, body: bytes
) -> None:
    """Keep the answer in the transaction that did the work.

    Raises `IdempotencyInProgress` when a repeat that started earlier has stored one meanwhile: the
    caller's transaction must roll back, and does, since nothing else committed it.
    """
    stored = await IdempotencyRepository(session).store(
        request.principal, request.route, request.key, request.fingerprint, status, body
    )
    if not stored:
        raise _in_progress()


async def require_unanswered(session: AsyncSession, request: IdempotentRequest) -> None:
    """Raise `IdempotencyInProgress` if the request has been answered meanwhile.

    For whoever claimed it and was refused: the work may have been done by a repeat that committed
    while the claim was made. A session of a snapshot of its own sees that.
    """
    if await IdempotencyRepository(session).is_answered(
        request.principal, request.route, request.key
    ):
        raise _in_progress()


async def forget(session: AsyncSession, *, older_than_days: int) -> int:
    """Remove answers nobody will ask for again; natural keys protect the work from then on."""
    return await IdempotencyRepository(session).forget(older_than_days)


def _in_progress() -> IdempotencyInProgress:
    return IdempotencyInProgress("Send it again for its answer", retry_after_seconds=1)
