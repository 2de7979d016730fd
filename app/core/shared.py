"""Readings that many callers share: the one way to answer a crowd that asks all at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from app.core.db import Sessions

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 200
"""Keys of one reading."""

Read = Callable[[Sessions, Sequence[Key]], Awaitable[Mapping[Key, Value]]]


class _Line(Generic[Key, Value]):
    """Those who wait for the next reading of one kind."""

    def __init__(self, read: Read[Key, Value], sessions: Sessions) -> None:
        self._read, self._sessions = read, sessions
        self._waiting: dict[Key, asyncio.Future[Value | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def ask(self, key: Key) -> Value | None:
        if key not in self._waiting:
            self._waiting[key] = asyncio.get_running_loop().create_future()
        answer = self._waiting[key]
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_all())
        # Others may wait for the same key: one who hangs up must not take it from them.
        return await asyncio.shield(answer)

    async def _read_all(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:MOST]
            answers = {key: self._waiting.pop(key) for key in keys}
            try:
                found = await self._read(self._sessions, keys)
            except Exception as error:  # noqa: BLE001 - whatever it is, each caller gets it
                for answer in answers.values():
                    answer.set_exception(error)
            else:
                for key, answer in answers.items():
                    answer.set_result(found.get(key))


class SharedReadings:
    """One statement answers everybody who asked while the one before it was under way.

    Nothing is remembered: every answer comes from a reading that began after it was asked for.
    Belongs to one process.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[Any, int], _Line[Any, Any]] = {}

    async def ask(self, read: Read[Key, Value], sessions: Sessions, key: Key) -> Value | None:
        """What `read` finds for `key`, together with what others ask of it; None for nothing."""
        line: _Line[Key, Value] | None = self._lines.get((read, id(sessions)))
        if line is None:
            line = self._lines[read, id(sessions)] = _Line(read, sessions)
        return await line.ask(key)
