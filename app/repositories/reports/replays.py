"""Replays and what they found. Nothing else is written here, and nothing of it elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import id_at
from app.core.json import dump
from app.models.reports import OPEN, Replay
from app.repositories.keyset import beyond
from app.repositories.reports.placed_orders import SLACK

_LONGEST_DAY: Final = timedelta(hours=25) + SLACK
"""How far back an order of the same day may lie, clocks put back included."""

_START = text(f"""
INSERT INTO replays (id, slot, requested_by, channel_id, currency, request)
SELECT :id, min(n), :requested_by, :channel_id, :currency, CAST(:request AS jsonb)
  FROM generate_series(1, :slots) n
 WHERE NOT EXISTS (SELECT FROM replays r WHERE r.slot = n AND {OPEN})
HAVING min(n) IS NOT NULL
ON CONFLICT DO NOTHING
RETURNING id
""")

# Whoever holds a replay has counted up `attempts`; saving needs the number seen, so that one whose
# lease was lost to another cannot write any more.
_CLAIM = text(f"""
UPDATE replays
   SET state = 'running', started_at = coalesce(started_at, now()), attempts = attempts + 1,
       lease_until = now() + make_interval(secs => :lease_seconds)
 WHERE id = (
    SELECT id FROM replays
     WHERE {OPEN} AND (lease_until IS NULL OR lease_until <= now())
     ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, channel_id, request, first_id, last_id, position, total, done, result, attempts
""")

_PLAN = text("""
UPDATE replays SET first_id = :first_id, last_id = :last_id, total = :total, attempts = 0,
       lease_until = NULL
 WHERE id = :id AND state = 'running' AND attempts = :attempts AND total IS NULL
""")

_SAVE = text("""
UPDATE replays
   SET position = :position, done = :done, total = greatest(total, :done),
       result = CAST(:result AS jsonb), attempts = 0, lease_until = NULL
 WHERE id = :id AND state = 'running' AND attempts = :attempts AND done = :seen
RETURNING id
""")

_END = text(f"""
UPDATE replays
   SET state = CAST(:state AS varchar), slot = NULL, finished_at = now(), lease_until = NULL,
       total = CASE WHEN CAST(:state AS varchar) = 'done' THEN done ELSE total END, error = :error
 WHERE id = :id AND {OPEN} AND (CAST(:attempts AS int) IS NULL OR attempts = :attempts)
RETURNING id
""")

_ADD = text("""
INSERT INTO replay_orders
       (replay_id, order_id, number, member_id, placed_at, is_changed, why, stored_minor,
        before_minor, after_minor, delta_minor, before, after, tried)
SELECT :replay_id, r.order_id, r.number, r.member_id, r.placed_at, r.is_changed, r.why,
       r.stored_minor, r.before_minor, r.after_minor, r.after_minor - r.before_minor, r.before,
       r.after, r.tried
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
       order_id uuid, number varchar, member_id uuid, placed_at timestamptz, is_changed boolean,
       why varchar, stored_minor bigint, before_minor bigint, after_minor bigint, before jsonb,
       after jsonb, tried uuid[])
""")

_USED = text("""
SELECT promotion_id, r.member_id, count(*) AS uses
  FROM replay_orders r, unnest(r.tried) AS promotion_id
 WHERE r.replay_id = :replay_id AND r.tried <> '{}'
   AND r.member_id = ANY(CAST(:member_ids AS uuid[]))
 GROUP BY 1, 2
""")

_LIMITED = "unnest(CAST(:ids AS uuid[]), CAST(:zones AS varchar[])) AS z(id, zone)"
_USED_BY_DAY = text(f"""
SELECT z.id AS promotion_id, CAST(r.placed_at AT TIME ZONE z.zone AS date) AS day, r.member_id,
       count(*) AS uses
  FROM replay_orders r CROSS JOIN unnest(r.tried) AS t(id) JOIN {_LIMITED} ON z.id = t.id
 WHERE r.replay_id = :replay_id AND r.order_id >= :since AND r.tried <> '{{}}'
 GROUP BY 1, 2, 3
""")
_DAYS = text(f"""
SELECT z.id AS promotion_id, o.id AS order_id, CAST(o.placed_at AT TIME ZONE z.zone AS date) AS day
  FROM {_LIMITED}, unnest(CAST(:order_ids AS uuid[]), CAST(:placed_ats AS timestamptz[]))
       AS o(id, placed_at)
""")

_FOUND = """
SELECT order_id AS id, number, placed_at, is_changed, why, stored_minor, before_minor,
       after_minor, delta_minor, before, after
  FROM replay_orders
"""
_BY_DELTA = text(f"""
{_FOUND} WHERE replay_id = :replay_id AND is_changed
   AND (CAST(:after AS uuid) IS NULL OR (delta_minor, order_id) > (:delta, :after))
 ORDER BY delta_minor, order_id LIMIT :limit
""")
_UNREPRODUCED = text(f"""
{_FOUND} WHERE replay_id = :replay_id AND why IS NOT NULL
   AND {beyond("order_id")}
 ORDER BY order_id LIMIT :limit
""")

_FORGET = text("""
DELETE FROM replays WHERE id IN (
    SELECT id FROM replays WHERE finished_at < now() - make_interval(days => :days)
     ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
""")


def _zones(limited: Mapping[UUID, str]) -> dict[str, Any]:
    return {"ids": list(limited), "zones": list(limited.values())}


class ReplayRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def start(self, *, slots: int, request: Mapping[str, Any], **values: Any) -> bool:
        """Queue a replay; False when all `slots` are taken by open ones."""
        row = values | {"slots": slots, "request": dump(request)}
        return await self._session.scalar(_START, row) is not None

    async def get(self, replay_id: UUID) -> Replay | None:
        return await self._session.get(Replay, replay_id, populate_existing=True)

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[Replay]:
        """Replays, newest first."""
        statement = select(Replay).order_by(Replay.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(Replay.id < after)
        return (await self._session.scalars(statement)).all()

    async def claim(self, *, lease_seconds: float) -> Any | None:
        """The oldest open replay nobody works on, now ours for `lease_seconds`."""
        return (await self._session.execute(_CLAIM, {"lease_seconds": lease_seconds})).one_or_none()

    async def plan(self, replay_id: UUID, *, attempts: int, **bounds: Any) -> None:
        """Keep which orders are replayed."""
        await self._session.execute(_PLAN, bounds | {"id": replay_id, "attempts": attempts})

    async def save(
        self,
        replay_id: UUID,
        rows: Sequence[Mapping[str, Any]],
        *,
        result: Mapping[str, Any],
        **state: Any,
    ) -> bool:
        """Keep a batch and the sums with it; False, and nothing is kept, when it is not ours."""
        values = state | {"id": replay_id, "result": dump(result)}
        if await self._session.scalar(_SAVE, values) is None:
            return False
        if rows:
            found = {"replay_id": replay_id, "rows": dump(rows)}
            await self._session.execute(_ADD, found)
        return True

    async def end(
        self, replay_id: UUID, state: str, *, attempts: int | None = None, error: str | None = None
    ) -> bool:
        """End an open replay; with `attempts` only while it is the caller's."""
        values = {"id": replay_id, "state": state, "attempts": attempts, "error": error}
        return await self._session.scalar(_END, values) is not None

    async def used(self, replay_id: UUID, member_ids: Sequence[UUID]) -> Sequence[Any]:
        """How often members used what is tried: `(promotion_id, member_id, uses)`."""
        values = {"replay_id": replay_id, "member_ids": list(member_ids)}
        return (await self._session.execute(_USED, values)).all()

    async def used_by_day(
        self, replay_id: UUID, limited: Mapping[UUID, str], *, since: datetime
    ) -> Sequence[Any]:
        """How often members used what is tried on days that reach behind `since`.

        `limited` are promotions and the zones of their days; `(promotion_id, day, member_id,
        uses)`.
        """
        values = _zones(limited) | {"replay_id": replay_id, "since": id_at(since - _LONGEST_DAY)}
        return (await self._session.execute(_USED_BY_DAY, values)).all()

    async def days(
        self, limited: Mapping[UUID, str], placed: Mapping[UUID, datetime]
    ) -> Sequence[Any]:
        """On which day orders fall where each promotion is limited: of each pair of the two."""
        values = _zones(limited) | {
            "order_ids": list(placed),
            "placed_ats": list(placed.values()),
        }
        return (await self._session.execute(_DAYS, values)).all()

    async def changed(
        self, replay_id: UUID, *, delta: int | None, after: UUID | None, limit: int
    ) -> Sequence[Any]:
        """Orders that would change, those that would save most first."""
        values = {"replay_id": replay_id, "delta": delta, "after": after, "limit": limit}
        return (await self._session.execute(_BY_DELTA, values)).all()

    async def unreproduced(
        self, replay_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[Any]:
        """Orders that do not give their stored numbers, oldest first."""
        values = {"replay_id": replay_id, "after": after, "limit": limit}
        return (await self._session.execute(_UNREPRODUCED, values)).all()

    async def forget(self, *, older_than_days: int, limit: int) -> None:
        """Remove what ended long ago, with its orders."""
        await self._session.execute(_FORGET, {"days": older_than_days, "limit": limit})
