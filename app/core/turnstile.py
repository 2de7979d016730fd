"""A turnstile: so many at a time, the others in the order they came."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Crowded(Exception):
    """One's turn did not come within one's patience."""


class Turnstile:
    """Stands before work that a crowd asks for. It belongs to one process and remembers nothing.

    Whoever dies inside takes nothing along: what was sold is in the database, and nowhere else.
    """

    def __init__(self) -> None:
        self._places: asyncio.Semaphore | None = None

    @asynccontextmanager
    async def passing(self, *, width: int, patience_seconds: float) -> AsyncIterator[bool]:
        """Whether one had to wait. Raises `Crowded` when the patience is at an end.

        `width` may be inside at a time; the first caller sets it.
        """
        if self._places is None:
            self._places = asyncio.Semaphore(width)
        has_waited = self._places.locked()
        try:
            async with asyncio.timeout(patience_seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise Crowded from error
        try:
            yield has_waited
        finally:
            self._places.release()
