"""Letting one transaction commit exactly while another waits for its lock."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from sqlalchemy import text

from app.core.db import Sessions

T = TypeVar("T")

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def start_and_wait(
    sessions: Sessions, work: Coroutine[Any, Any, T], *, waiting: int = 1
) -> "asyncio.Task[T]":
    """Start `work` and return once `waiting` in all wait for locks somebody holds."""
    task = asyncio.ensure_future(work)
    async with asyncio.timeout(10), sessions() as session:
        while (await session.scalar(WAITING) or 0) < waiting:
            if task.done():
                raise AssertionError("it did not have to wait")
            await session.rollback()
    return task
