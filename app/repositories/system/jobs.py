"""Turns of scheduled jobs."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TAKE = text("""
    INSERT INTO jobs (name, due_at, started_at)
    VALUES (:name, now() + make_interval(secs => :lease), now())
    ON CONFLICT (name) DO UPDATE
        SET due_at = now() + make_interval(secs => :lease), started_at = now()
        WHERE jobs.due_at <= now()
    RETURNING name
""")
_FINISH = text("""
    UPDATE jobs SET due_at = started_at + make_interval(secs => :every), finished_at = now(),
        last_error = :error
    WHERE name = :name
""")
_WAITING = text("SELECT name FROM jobs WHERE due_at > now()")


class JobRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def waiting(self) -> list[str]:
        return [row.name for row in await self._session.execute(_WAITING)]

    async def take(self, name: str, *, lease_seconds: float) -> bool:
        """Whether the turn is ours: due, and taken by nobody else for `lease_seconds`."""
        values = {"name": name, "lease": lease_seconds}
        return (await self._session.execute(_TAKE, values)).first() is not None

    async def finish(self, name: str, *, every_seconds: float, error: str | None) -> None:
        values = {"name": name, "every": every_seconds, "error": error}
        await self._session.execute(_FINISH, values)
