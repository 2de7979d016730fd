"""Login sessions and their refresh tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct

_OPEN = direct("""
WITH session AS (
    INSERT INTO login_sessions (id, audience, subject_id, is_guest, ip, user_agent, expires_at)
    VALUES (:session_id, :audience, :subject_id, :is_guest, :ip, :user_agent,
            now() + make_interval(secs => :absolute_seconds))
    RETURNING id, expires_at
)
INSERT INTO refresh_tokens (id, session_id, token_hash, expires_at)
SELECT :token_id, id, :token_hash,
       least(expires_at, now() + make_interval(secs => :idle_seconds))
FROM session
""")

# The row lock makes two tabs that refresh at once take turns.
_PRESENTED = direct("""
SELECT t.id, t.session_id, t.used_at IS NOT NULL AS is_used,
       coalesce(t.used_at > now() - make_interval(secs => :grace_seconds), false) AS is_in_grace,
       s.subject_id, s.is_guest,
       s.revoked_at IS NULL AND s.expires_at > now() AS is_session_live,
       t.expires_at > now() AS is_live
FROM refresh_tokens t JOIN login_sessions s ON s.id = t.session_id
WHERE t.token_hash = :token_hash AND s.audience = :audience
FOR NO KEY UPDATE OF t
""")

_REPLACE = direct("""
WITH used AS (UPDATE refresh_tokens SET used_at = now() WHERE id = :id)
INSERT INTO refresh_tokens (id, session_id, token_hash, parent_id, expires_at)
SELECT :child_id, s.id, :token_hash, :id,
       least(s.expires_at, now() + make_interval(secs => :idle_seconds))
FROM login_sessions s WHERE s.id = :session_id
""")

_IS_REPLACED_TWICE = direct("""
SELECT EXISTS (SELECT FROM refresh_tokens WHERE parent_id = :id AND used_at IS NOT NULL
               AND session_id = :session_id)
""")

_REVOKE = """
UPDATE login_sessions SET revoked_at = now(), revoked_reason = :reason
WHERE revoked_at IS NULL AND {which} RETURNING id
"""
_REVOKE_ONE = direct(_REVOKE.format(which="id = :session_id"))
_REVOKE_OTHERS = direct(
    _REVOKE.format(
        which="audience = :audience AND subject_id = :subject_id"
        " AND id IS DISTINCT FROM CAST(:keep AS uuid)"
    )
)

_LIVE = direct("""
SELECT s.id, s.audience, s.subject_id
  FROM unnest(CAST(:ids AS uuid[]), CAST(:audiences AS varchar[]), CAST(:subject_ids AS uuid[]))
       AS a(id, audience, subject_id)
  JOIN login_sessions s USING (id, audience, subject_id)
 WHERE s.revoked_at IS NULL AND s.expires_at > now()
""")

_STAFF_SCOPES = direct("""
SELECT s.is_owner, coalesce(
    (SELECT array_agg(DISTINCT scope) FROM staff_roles sr JOIN roles r ON r.id = sr.role_id,
        unnest(r.scopes) scope WHERE sr.staff_id = s.id), '{}') AS scopes
FROM login_sessions l JOIN staff s ON s.id = l.subject_id
WHERE l.id = :session_id AND l.audience = 'admin' AND l.subject_id = :subject_id
  AND l.revoked_at IS NULL AND l.expires_at > now() AND s.is_active
""")

_SWEEP = direct("""
DELETE FROM login_sessions WHERE id IN (
    SELECT id FROM login_sessions WHERE expires_at < now() - interval '60 days'
    ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED
)
RETURNING id
""")

_IS_KNOWN_DEVICE = direct("""
SELECT EXISTS (SELECT FROM login_sessions WHERE audience = :audience AND subject_id = :subject_id
               AND ip = :ip AND created_at > now() - interval '90 days')
""")


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token somebody sent, its row locked."""

    id: UUID
    session_id: UUID
    is_used: bool
    is_in_grace: bool
    subject_id: UUID
    is_guest: bool
    is_session_live: bool
    is_live: bool


class SessionRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(self, **values: Any) -> None:
        await self._session.execute(_OPEN, values)

    async def presented(
        self, token_hash: str, *, audience: str, grace_seconds: int
    ) -> Presented | None:
        """The token and its session; the token's row stays locked until the commit."""
        found = await self._session.execute(
            _PRESENTED,
            {"token_hash": token_hash, "audience": audience, "grace_seconds": grace_seconds},
        )
        row = found.mappings().one_or_none()
        return None if row is None else Presented(**row)

    async def replace(
        self, presented: Presented, *, child_id: UUID, token_hash: str, idle_seconds: int
    ) -> None:
        await self._session.execute(
            _REPLACE,
            {
                "id": presented.id,
                "session_id": presented.session_id,
                "child_id": child_id,
                "token_hash": token_hash,
                "idle_seconds": idle_seconds,
            },
        )

    async def is_grandparent(self, presented: Presented) -> bool:
        """Whether the successor of this token has been used, too."""
        values = {"id": presented.id, "session_id": presented.session_id}
        return bool(await self._session.scalar(_IS_REPLACED_TWICE, values))

    async def revoke(self, session_id: UUID, reason: str) -> list[UUID]:
        values = {"session_id": session_id, "reason": reason}
        return list(await self._session.scalars(_REVOKE_ONE, values))

    async def revoke_others(
        self, audience: str, subject_id: UUID, *, keep: UUID | None, reason: str
    ) -> list[UUID]:
        values = {"audience": audience, "subject_id": subject_id, "keep": keep, "reason": reason}
        return list(await self._session.scalars(_REVOKE_OTHERS, values))

    async def live(self, logins: Sequence[tuple[UUID, str, UUID]]) -> list[tuple[UUID, str, UUID]]:
        """Those of `(session, audience, subject)` that belong together and still live."""
        values = {
            "ids": [each[0] for each in logins],
            "audiences": [each[1] for each in logins],
            "subject_ids": [each[2] for each in logins],
        }
        found = await self._session.execute(_LIVE, values)
        return [(row.id, row.audience, row.subject_id) for row in found]

    async def staff_scopes(
        self, session_id: UUID, subject_id: UUID
    ) -> tuple[bool, list[str]] | None:
        """Whether the person is an owner, and the scopes of their roles; None if not live."""
        values = {"session_id": session_id, "subject_id": subject_id}
        row = (await self._session.execute(_STAFF_SCOPES, values)).one_or_none()
        return None if row is None else (row.is_owner, list(row.scopes))

    async def is_known_device(self, audience: str, subject_id: UUID, ip: str) -> bool:
        values = {"audience": audience, "subject_id": subject_id, "ip": ip}
        return bool(await self._session.scalar(_IS_KNOWN_DEVICE, values))

    async def sweep(self) -> int:
        return len((await self._session.scalars(_SWEEP)).all())
