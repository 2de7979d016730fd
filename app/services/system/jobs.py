"""Scheduled jobs take turns: one worker runs one, however many workers there are."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.repositories.system.jobs import JobRepository

__all__ = ["run_if_due", "waiting"]

LEASE_SECONDS = 600
"""How long a turn may take before another worker believes it was lost."""


async def waiting(sessions: Sessions) -> frozenset[str]:
    """Names of jobs whose turn has not come, so that an idle worker asks once, not per job."""
    async with sessions() as session:
        return frozenset(await JobRepository(session).waiting())


async def run_if_due(
    sessions: Sessions, name: str, every_seconds: float, work: Callable[[], Awaitable[None]]
) -> bool:
    """Run `work` if its turn has come and nobody has taken it; returns whether it ran.

    The turn is taken and finished in short transactions of their own; `work` opens what it needs.
    A failed turn is over too: the next one comes `every_seconds` after it started.
    """
    async with unit_of_work(sessions) as session:
        is_ours = await JobRepository(session).take(name, lease_seconds=LEASE_SECONDS)
    if not is_ours:
        return False
    failure: str | None = None
    try:
        await work()
    except Exception as error:
        failure = type(error).__name__
        raise
    finally:
        async with unit_of_work(sessions) as session:
            await _finish(session, name, every_seconds, failure)
    return True


async def _finish(
    session: AsyncSession, name: str, every_seconds: float, failure: str | None
) -> None:
    await JobRepository(session).finish(name, every_seconds=every_seconds, error=failure)
