"""Whose turn it is to be told, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct

# Endpoints are locked one by one, and skipped where another worker is choosing: what is under way
# at one of them is counted by whoever holds its row. Failing ones come last and are few.
_ENDPOINTS = direct("""
    WITH due AS (
        SELECT w.id, w.failing_since IS NOT NULL AS fails, d.due_at
        FROM webhook_endpoints w JOIN merchants m ON m.id = w.merchant_id AND m.is_active
        CROSS JOIN LATERAL (
            SELECT min(next_attempt_at) AS due_at FROM webhook_deliveries
            WHERE endpoint_id = w.id AND state = 'pending'
              AND next_attempt_at <= clock_timestamp()) d
        WHERE w.state = 'active' AND w.deleted_at IS NULL AND d.due_at IS NOT NULL
    ), chosen AS (
        (SELECT id FROM due WHERE NOT fails ORDER BY due_at LIMIT CAST(:room AS int))
        UNION ALL
        (SELECT id FROM due WHERE fails ORDER BY due_at LIMIT CAST(:failing_room AS int))
    )
    SELECT w.id FROM webhook_endpoints w JOIN chosen USING (id)
    ORDER BY w.id FOR NO KEY UPDATE OF w SKIP LOCKED
""")
# Only the first that waits of an ordering key, and as many as the endpoint may have under way.
_CLAIM = direct("""
    WITH chosen AS (
        SELECT d.endpoint_id, d.event_id
        FROM webhook_endpoints w CROSS JOIN LATERAL (
            SELECT d.endpoint_id, d.event_id, d.next_attempt_at FROM webhook_deliveries d
            WHERE d.endpoint_id = w.id AND d.state = 'pending'
              AND d.next_attempt_at <= clock_timestamp()
              AND NOT EXISTS (
                SELECT FROM webhook_deliveries earlier
                WHERE earlier.endpoint_id = d.endpoint_id AND earlier.state = 'pending'
                  AND earlier.ordering_key = d.ordering_key AND earlier.position < d.position)
            ORDER BY d.next_attempt_at, d.position
            LIMIT greatest(0, CASE WHEN w.failing_since IS NULL THEN CAST(:each AS int) ELSE 1 END
                - (SELECT count(*) FROM webhook_deliveries under_way
                   WHERE under_way.endpoint_id = w.id AND under_way.state = 'pending'
                     AND under_way.leased_until > clock_timestamp()))
        ) d
        WHERE w.id = ANY (CAST(:endpoint_ids AS uuid[])) AND w.state = 'active'
        ORDER BY w.failing_since IS NOT NULL, d.next_attempt_at LIMIT CAST(:room AS int)
    ), claimed AS (
        UPDATE webhook_deliveries d SET attempts = attempts + 1,
            attempted_at = clock_timestamp(),
            leased_until = clock_timestamp() + make_interval(secs => CAST(:lease AS float)),
            next_attempt_at = clock_timestamp() + make_interval(secs => CAST(:lease AS float))
        FROM chosen
        WHERE d.endpoint_id = chosen.endpoint_id AND d.event_id = chosen.event_id
          AND d.state = 'pending' AND d.next_attempt_at <= clock_timestamp()
        RETURNING d.endpoint_id, d.event_id, d.attempts
    )
    SELECT c.endpoint_id, c.event_id, c.attempts, w.url, w.secret,
        CASE WHEN w.old_secret_until > clock_timestamp() THEN w.old_secret END AS old_secret,
        e.type, e.occurred_at, e.ordering_key, e.data, w.failing_since IS NOT NULL AS is_failing
    FROM claimed c JOIN webhook_endpoints w ON w.id = c.endpoint_id
    JOIN webhook_events e ON e.id = c.event_id
""")
_LOCK = direct("""
    SELECT id FROM webhook_endpoints WHERE id = CAST(:endpoint_id AS uuid) FOR NO KEY UPDATE
""")
# An answer that came counts, whoever else tried meanwhile.
_DELIVERED = direct("""
    WITH done AS (
        UPDATE webhook_deliveries SET state = 'delivered', delivered_at = clock_timestamp(),
            leased_until = NULL, status = CAST(:status AS int), error = NULL
        WHERE endpoint_id = CAST(:endpoint_id AS uuid) AND event_id = CAST(:event_id AS uuid)
          AND state = 'pending'
        RETURNING endpoint_id
    )
    UPDATE webhook_endpoints w SET failing_since = NULL FROM done
    WHERE w.id = done.endpoint_id AND w.failing_since IS NOT NULL
""")
# A failure counts for its own attempt only.
_FAILED = direct("""
    UPDATE webhook_deliveries SET leased_until = NULL, status = CAST(:status AS int),
        error = CAST(:error AS varchar),
        state = CASE WHEN CAST(:wait AS float) IS NULL THEN 'failed' ELSE 'pending' END,
        next_attempt_at = clock_timestamp()
            + make_interval(secs => coalesce(CAST(:wait AS float), 0))
    WHERE endpoint_id = CAST(:endpoint_id AS uuid) AND event_id = CAST(:event_id AS uuid)
      AND state = 'pending' AND attempts = CAST(:attempts AS int)
    RETURNING event_id
""")
_FAILING = direct("""
    UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, clock_timestamp())
    WHERE id = CAST(:endpoint_id AS uuid)
    RETURNING clock_timestamp() - failing_since AS failed_for
""")
_DISABLE = text("""
    UPDATE webhook_endpoints SET state = 'disabled', reason = :reason, told_at = NULL,
        version = version + 1, updated_at = now()
    WHERE id = :endpoint_id AND state = 'active'
    RETURNING id
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours until its lease is over, and what is needed to make it."""

    endpoint_id: UUID
    event_id: UUID
    attempts: int
    url: str
    secret: bytes
    old_secret: bytes | None
    type: str
    occurred_at: datetime
    ordering_key: str
    data: Mapping[str, Any]
    is_failing: bool


class AttemptRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(
        self, *, room: int, failing_room: int, each: int, lease_seconds: float
    ) -> list[Claimed]:
        """Take up to `room` deliveries that are due, of each endpoint at most `each` under way.

        Of endpoints that fail one each, and no more than `failing_room`. Two statements, so that
        the second sees what others had under way when the rows were locked.
        """
        values = {"room": room, "failing_room": failing_room}
        endpoints = [row.id for row in await self._session.execute(_ENDPOINTS, values)]
        if not endpoints:
            return []
        claim = {"endpoint_ids": endpoints, "room": room, "each": each, "lease": lease_seconds}
        return [Claimed(*row) for row in await self._session.execute(_CLAIM, claim)]

    async def delivered(self, claimed: Claimed, status: int) -> None:
        """Its endpoint no longer fails, either."""
        await self._lock(claimed)
        await self._session.execute(_DELIVERED, _key(claimed) | {"status": status})

    async def failed(
        self, claimed: Claimed, *, status: int | None, error: str, wait_seconds: float | None
    ) -> bool:
        """Put it off, or give up without `wait_seconds`; False if the attempt was not the last."""
        await self._lock(claimed)
        values = {"attempts": claimed.attempts, "status": status, "error": error}
        values |= {"wait": wait_seconds} | _key(claimed)
        return (await self._session.execute(_FAILED, values)).first() is not None

    async def fails(self, endpoint_id: UUID) -> float:
        """Note that nothing reached the endpoint; for how many seconds that has been so."""
        row = (await self._session.execute(_FAILING, {"endpoint_id": endpoint_id})).one()
        return float(row.failed_for.total_seconds())

    async def disable(self, endpoint_id: UUID, reason: str) -> bool:
        """Whether it was active until now."""
        values = {"endpoint_id": endpoint_id, "reason": reason}
        return (await self._session.execute(_DISABLE, values)).first() is not None

    async def _lock(self, claimed: Claimed) -> None:
        """The endpoint before its deliveries, as whoever claims them."""
        await self._session.execute(_LOCK, {"endpoint_id": claimed.endpoint_id})


def _key(claimed: Claimed) -> dict[str, Any]:
    return {"endpoint_id": claimed.endpoint_id, "event_id": claimed.event_id}
