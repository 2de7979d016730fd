"""Turns of scheduled jobs."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TAKE = text("""
    INSERT INTO jobs (name, due_at, started_at)
    VALUES (:name, now() + make_interval(secs => :lease), now())
    ON CONFLICT (name) DO UPDATE
        SET due_at = now() + make_interval(secs => :lease), started_at = now()
        WHERE jobs.due_at <= now()
    RETURNING started_at
""")
_KEEP = text("""
    UPDATE jobs SET due_at = now() + make_interval(secs => :lease)
    WHERE name = :name AND started_at = :started_at
""")
_FINISH = text("""
    UPDATE jobs SET due_at = started_at + make_interval(secs => :every), finished_at = now(),
        last_error = :error
    WHERE name = :name AND started_at = :started_at
""")
_WAITING = text("SELECT name FROM jobs WHERE due_at > now()")


class JobRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def waiting(self) -> list[str]:
        return [row.name for row in await self._session.execute(_WAITING)]

    async def take(self, name: str, *, lease_seconds: float) -> datetime | None:
        """When our turn began: it was due, and nobody else took it for `lease_seconds`."""
        values = {"name": name, "lease": lease_seconds}
        started: datetime | None = await self._session.scalar(_TAKE, values)
        return started

    async def keep(self, name: str, started_at: datetime, *, lease_seconds: float) -> None:
        """The turn is still ours, if nobody has taken it for lost."""
        values = {"name": name, "started_at": started_at, "lease": lease_seconds}
        await self._session.execute(_KEEP, values)

    async def finish(
        self, name: str, started_at: datetime, *, every_seconds: float, error: str | None
    ) -> None:
        values = {"name": name, "started_at": started_at, "every": every_seconds, "error": error}
        await self._session.execute(_FINISH, values)
