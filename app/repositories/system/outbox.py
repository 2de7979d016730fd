"""Rows of the outbox: added with the change, claimed by the worker, looked after by staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct

_ADD = """
    INSERT INTO outbox (id, name, ordering_key, payload)
    SELECT told.* FROM {only_with} unnest(
        CAST(:told_ids AS uuid[]), CAST(:told_names AS text[]), CAST(:told_keys AS text[]),
        CAST(:told_payloads AS jsonb[])
    ) AS told
"""
_ADD_ALONE = direct(_ADD.format(only_with=""))


def added_with(row: str) -> str:
    """The same within another statement: messages are added if its part `row` has its one row."""
    return _ADD.format(only_with=f"{row},")


# A message waits for every earlier pending one of its key, whether due or not: backing off must
# not let a later fact overtake. A parked one no longer holds its followers up.
_CLAIM = direct("""
    SELECT m.id, m.created_at, m.name, m.ordering_key, m.payload, m.attempts
    FROM outbox m
    WHERE m.state = 'pending' AND m.next_attempt_at <= clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM outbox earlier
        WHERE earlier.state = 'pending' AND earlier.ordering_key = m.ordering_key
          AND earlier.seq < m.seq
      )
    ORDER BY m.next_attempt_at
    LIMIT 1 FOR UPDATE OF m SKIP LOCKED
""")
_DELIVERED = direct("""
    UPDATE outbox SET state = 'delivered', delivered_at = clock_timestamp(),
        attempts = attempts + 1, last_error = NULL
    WHERE id = :id AND created_at = :created_at
""")
_FAILED = direct("""
    UPDATE outbox SET attempts = attempts + 1, last_error = :error,
        state = CASE WHEN attempts + 1 >= :max_attempts THEN 'parked' ELSE 'pending' END,
        next_attempt_at = clock_timestamp() + make_interval(secs => :wait)
    WHERE id = :id AND created_at = :created_at AND state = 'pending'
    RETURNING state
""")
_BACKLOG = direct("""
    SELECT (SELECT version_num FROM alembic_version) AS revision,
        (SELECT count(*) FROM outbox WHERE state = 'parked') AS parked,
        coalesce(extract(epoch FROM clock_timestamp() - min(next_attempt_at)), 0) AS lag
    FROM outbox WHERE state = 'pending' AND next_attempt_at <= clock_timestamp()
""")
_LIST = """
    SELECT id, created_at, name, ordering_key, state, attempts, next_attempt_at, last_error,
        delivered_at
    FROM outbox WHERE state = :state {after} ORDER BY id DESC LIMIT {limit}
"""
_RETRY = direct("""
    UPDATE outbox SET state = 'pending', attempts = 0, next_attempt_at = clock_timestamp()
    WHERE id = :id AND state = 'parked'
    RETURNING name, ordering_key
""")
_FORGET = text("""
    DELETE FROM outbox WHERE (id, created_at) IN (
        SELECT id, created_at FROM outbox
        WHERE state = 'delivered' AND delivered_at < now() - make_interval(days => :days)
        LIMIT 5000
    )
""")


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    id: UUID
    created_at: datetime
    name: str
    ordering_key: str
    payload: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class ListedMessage:
    id: UUID
    created_at: datetime
    name: str
    ordering_key: str
    state: str
    attempts: int
    next_attempt_at: datetime
    last_error: str | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    revision: str | None
    lag_seconds: int
    parked: int


class OutboxRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, told: Mapping[str, Any]) -> None:
        """`told_ids`, `told_names`, `told_keys` and `told_payloads`, as long as each other."""
        await self._session.execute(_ADD_ALONE, told)

    async def claim(self) -> ClaimedMessage | None:
        """The next message that is due and first of its key, locked; others' are skipped."""
        row = (await self._session.execute(_CLAIM)).first()
        return None if row is None else ClaimedMessage(*row)

    async def delivered(self, message: ClaimedMessage) -> None:
        await self._session.execute(
            _DELIVERED, {"id": message.id, "created_at": message.created_at}
        )

    async def failed(
        self, message: ClaimedMessage, *, error: str, wait_seconds: float, max_attempts: int
    ) -> bool:
        """Put the message off, or park it after `max_attempts`; whether it was parked."""
        values = {
            "id": message.id,
            "created_at": message.created_at,
            "error": error,
            "wait": wait_seconds,
            "max_attempts": max_attempts,
        }
        state = await self._session.scalar(_FAILED, values)
        return bool(state == "parked")

    async def backlog(self) -> Backlog:
        row = (await self._session.execute(_BACKLOG)).one()
        return Backlog(row.revision, int(row.lag), row.parked)

    async def page(self, state: str, *, after: UUID | None, limit: int) -> list[ListedMessage]:
        """Messages in `state`, newest first."""
        condition = "" if after is None else "AND id < :after"
        statement = text(_LIST.format(after=condition, limit=int(limit)))
        values = {"state": state} | ({} if after is None else {"after": after})
        return [ListedMessage(*row) for row in await self._session.execute(statement, values)]

    async def retry(self, message_id: UUID) -> bool:
        """Make a parked message due again; False if it is not parked."""
        return (await self._session.execute(_RETRY, {"id": message_id})).first() is not None

    async def forget(self, days: int) -> int:
        """Delete up to 5,000 messages delivered more than `days` ago; returns how many went."""
        found = await self._session.execute(_FORGET, {"days": days})
        return int(getattr(found, "rowcount", 0))
