"""Scheduled jobs take turns: one worker runs one, however many workers there are."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from app.core.db import Sessions, unit_of_work
from app.repositories.system.jobs import JobRepository

__all__ = ["run_if_due", "waiting"]

LEASE_SECONDS = 15
"""How long after its last sign of life a worker's turn goes to another."""
SIGN_SECONDS = 4
"""How often a worker says that it is still at it."""
log = structlog.get_logger()


async def waiting(sessions: Sessions) -> frozenset[str]:
    """Names of jobs whose turn has not come, so that an idle worker asks once, not per job."""
    async with sessions() as session:
        return frozenset(await JobRepository(session).waiting())


async def run_if_due(
    sessions: Sessions, name: str, every_seconds: float, work: Callable[[], Awaitable[None]]
) -> bool:
    """Run `work` if its turn has come and nobody has taken it; returns whether it ran.

    The turn is taken, kept and finished in short transactions of their own; `work` opens what it
    needs. A failed turn is over too: the next one comes `every_seconds` after it started. One whose
    worker is gone comes when its lease is over.
    """
    async with unit_of_work(sessions) as session:
        started_at = await JobRepository(session).take(name, lease_seconds=LEASE_SECONDS)
    if started_at is None:
        return False
    failure: str | None = None
    keeping = asyncio.create_task(_keep(sessions, name, started_at))
    try:
        await work()
    except Exception as error:
        failure = type(error).__name__
        raise
    finally:
        keeping.cancel()
        async with unit_of_work(sessions) as session:
            await JobRepository(session).finish(
                name, started_at, every_seconds=every_seconds, error=failure
            )
    return True


async def _keep(sessions: Sessions, name: str, started_at: datetime) -> None:
    while True:
        await asyncio.sleep(SIGN_SECONDS)
        try:
            async with unit_of_work(sessions) as session:
                await JobRepository(session).keep(name, started_at, lease_seconds=LEASE_SECONDS)
        except Exception as error:  # noqa: BLE001 - the next sign may get through
            log.warning("turn_not_kept", job=name, error=type(error).__name__)
