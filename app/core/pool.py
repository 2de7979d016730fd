"""A pool whose connections go to whoever has waited longest.

SQLAlchemy's lets those who come when one is given back take it before those who wait, who then
wait behind everybody: under load most requests are quick and a few wait for seconds.
"""

import asyncio
import time
import weakref
from collections import deque
from typing import Any, TypeVar

from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.pool.base import _ConnectionFairy
from sqlalchemy.util import await_only
from sqlalchemy.util.queue import Empty, Full, QueueCommon
from typing_extensions import override

T = TypeVar("T")


class FairQueue(QueueCommon[T]):
    """What is put goes straight to the first who waits; nothing lies here while anybody does."""

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        self.maxsize, self.use_lifo = maxsize, use_lifo
        self._items: deque[T] = deque()
        self._waiting: deque[asyncio.Future[T]] = deque()

    @override
    def empty(self) -> bool:
        return not self._items

    @override
    def full(self) -> bool:
        return 0 < self.maxsize <= len(self._items)

    @override
    def qsize(self) -> int:
        return len(self._items)

    @override
    def put_nowait(self, item: T) -> None:
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(item)
                return
        if self.full():
            raise Full
        self._items.append(item)

    @override
    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        self.put_nowait(item)

    @override
    def get_nowait(self) -> T:
        if not self._items:
            raise Empty
        return self._items.pop() if self.use_lifo else self._items.popleft()

    @override
    def get(self, block: bool = True, timeout: float | None = None) -> T:
        if self._items or not block:
            return self.get_nowait()
        return await_only(self._wait(timeout))

    async def _wait(self, seconds: float | None) -> T:
        place: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(seconds):
                return await place
        except BaseException as error:
            if place.done() and not place.cancelled():  # it came while we gave up
                self.put_nowait(place.result())
            if isinstance(error, TimeoutError):
                raise Empty from error
            raise


class FairPool(AsyncAdaptedQueuePool):
    """A connection that is of no more use is dropped, not taken leave of.

    SQLAlchemy gives its server two seconds to say goodbye. One that is gone never does, and behind
    the first dead connection stand all others of the pool.
    """

    _queue_class = FairQueue[ConnectionPoolEntry]

    def take(self) -> ConnectionPoolEntry | None:
        """One that lies ready, for which nothing has to be waited for, opened or told; else None.

        Whoever takes it gives it back by `put`, without a transaction, or wraps it for SQLAlchemy.
        """
        heard = self.dispatch
        if self._pool.empty() or heard.checkout or heard.checkin or heard.reset or self._pre_ping:
            return None
        record: Any = self._pool.get_nowait()
        made_at, now = record.starttime, time.time()
        if (
            record.dbapi_connection is None
            or now - made_at > self._recycle > -1
            or self._invalidate_time > made_at
            or record._soft_invalidate_time > made_at  # noqa: SLF001
        ):
            self._pool.put_nowait(record)
            return None
        taken: ConnectionPoolEntry = record
        return taken

    def put(self, record: ConnectionPoolEntry) -> None:
        self._pool.put_nowait(record)

    def wrap(self, record: Any) -> Any:
        """What SQLAlchemy lends, around one that was taken; closing it gives the record back."""
        lent = _ConnectionFairy(self, record.dbapi_connection, record, self._should_log_debug())
        lent._counter = 1  # noqa: SLF001
        record.fairy_ref = weakref.ref(lent)
        return lent

    @override
    def _close_connection(self, connection: DBAPIConnection, *, terminate: bool = False) -> None:
        if terminate:
            connection.driver_connection.terminate()
        else:
            super()._close_connection(connection)
