"""Answers kept for requests that carry an idempotency key."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct

_CLAIM = direct("""
    SELECT pg_try_advisory_xact_lock(:lock) AS is_locked, r.fingerprint, r.status, r.body
    FROM (VALUES (1)) AS one LEFT JOIN idempotent_requests r
      ON r.principal = :principal AND r.route = :route AND r.key = :key
""")
_STORE = direct("""
    INSERT INTO idempotent_requests (principal, route, key, fingerprint, status, body)
    VALUES (:principal, :route, :key, :fingerprint, :status, :body)
    ON CONFLICT DO NOTHING RETURNING 1
""")
_IS_ANSWERED = direct("""
    SELECT 1 FROM idempotent_requests
    WHERE principal = :principal AND route = :route AND key = :key
""")
_FORGET = text("""
    DELETE FROM idempotent_requests WHERE (principal, route, key) IN (
        SELECT principal, route, key FROM idempotent_requests
        WHERE created_at < now() - make_interval(days => :days)
        ORDER BY created_at LIMIT 5000
    )
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whether the lock was free, and the stored answer if there is one."""

    is_locked: bool
    fingerprint: str | None
    status: int
    body: bytes


class IdempotencyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, principal: str, route: str, key: str, lock: int) -> Claimed:
        """Lock and look in one statement.

        Its snapshot may be older than the lock: a repeat that commits in between is not seen.
        `store` then finds its row and says so; work that is refused before asks `is_answered`.
        """
        values = {"principal": principal, "route": route, "key": key, "lock": lock}
        row = (await self._session.execute(_CLAIM, values)).one()
        return Claimed(row.is_locked, row.fingerprint, row.status, row.body)

    async def store(
        self, principal: str, route: str, key: str, fingerprint: str, status: int, body: bytes
    ) -> bool:
        values = {
            "principal": principal,
            "route": route,
            "key": key,
            "fingerprint": fingerprint,
            "status": status,
            "body": body,
        }
        return (await self._session.execute(_STORE, values)).first() is not None

    async def is_answered(self, principal: str, route: str, key: str) -> bool:
        values = {"principal": principal, "route": route, "key": key}
        return (await self._session.execute(_IS_ANSWERED, values)).first() is not None

    async def forget(self, days: int) -> int:
        """Delete up to 5,000 answers older than `days`; returns how many went."""
        found = await self._session.execute(_FORGET, {"days": days})
        return int(getattr(found, "rowcount", 0))
