"""Dying between any two steps: before a transaction, after its commit, around a gateway call."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions


class Crash(Exception):
    """The process is gone; what was committed stays."""


@dataclass
class Fuse:
    """Burns one step at a time; at zero it crashes, once. Without a length it never does."""

    left: int | None = None
    crashes: int = 0

    def step(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            self.crashes += 1
            raise Crash


class CrashingSessions:
    """Stands in for a session factory whose every transaction is two steps of the fuse.

    It is three when a crash may also come `inside`, when all is written and nothing committed.
    """

    def __init__(self, inner: Sessions, fuse: Fuse, *, inside: bool = False) -> None:
        self.inner, self._fuse, self._inside = inner, fuse, inside

    def __call__(self, **options: Any) -> AsyncSession:
        self._fuse.step()
        session = self.inner(**options)
        if self._inside:
            event.listen(session.sync_session, "before_commit", lambda _: self._fuse.step())
        event.listen(session.sync_session, "after_commit", lambda _: self._fuse.step())
        return session
