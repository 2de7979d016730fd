"""Who is inside a transaction, so that a fake gateway can object to being called there."""

import asyncio
from collections import Counter
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, async_sessionmaker
from sqlalchemy.orm import Session

from app.core.db import Sessions
from app.core.sessions import Adopting
from app.core.sessions import Session as DirectSession


class WatchedSession(Adopting):
    """A session that tells `OPEN` when a task's transaction begins and ends."""


OPEN: Counter[object] = Counter()


def _begun(session: Session, transaction: Any, connection: Any) -> None:
    if transaction.parent is None or not transaction.nested:
        OPEN[asyncio.current_task()] += 1
        session.info["task"] = asyncio.current_task()


def _ended(session: Session, transaction: Any) -> None:
    if transaction.parent is None and "task" in session.info:
        OPEN[session.info.pop("task")] = 0


event.listen(WatchedSession, "after_begin", _begun)
event.listen(WatchedSession, "after_transaction_end", _ended)


def in_transaction() -> bool:
    """Whether the running task holds a watched transaction open."""
    return OPEN[asyncio.current_task()] > 0


def watched(bind: AsyncEngine | AsyncConnection, **options: Any) -> Sessions:
    return async_sessionmaker(
        bind,
        class_=DirectSession,
        sync_session_class=WatchedSession,
        expire_on_commit=False,
        **options,
    )
