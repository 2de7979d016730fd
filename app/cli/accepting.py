"""A socket several processes listen on, with its connections shared out evenly.

Otherwise whoever wakes first takes a burst of connections alone. Clients keep theirs, so one
process would do the work of all and the others stand by, for as long as the connections live.
"""

import asyncio
import logging
from collections.abc import Callable
from socket import socket
from typing import Any

import uvloop
from typing_extensions import override

PASS_SECONDS = 0.003
"""How long somebody who took connections leaves the next ones to the others."""
FULL_SECONDS = 0.5
"""How long nothing is taken by a process that has no file descriptors left."""

log = logging.getLogger(__name__)


class Loop(uvloop.Loop):
    """Takes turns with other processes at a socket it was given; opens its own as any loop."""

    @override
    async def create_server(self, *args: Any, **options: Any) -> Any:
        shared = options.get("sock")
        if shared is None or options.get("ssl") is not None:
            return await super().create_server(*args, **options)
        return Turns(self, args[0], shared, backlog=options.get("backlog", 100))


class Turns:
    """A server that takes what waits, then lets the others take theirs.

    One connection in its first turn and one more in each that follows while there are enough, so
    that a crowd is not let in one by one.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol: Callable[[], asyncio.BaseProtocol],
        shared: socket,
        *,
        backlog: int,
    ) -> None:
        self._loop, self._protocol, self._socket = loop, protocol, shared
        self._turn = 1
        self._taking: set[asyncio.Task[Any]] = set()
        self._pause: asyncio.TimerHandle | None = None
        shared.listen(backlog)
        shared.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Take nothing more; what was taken stays. The socket is its owner's to close."""
        self._rest()

    async def wait_closed(self) -> None:
        """Until those taken have their protocol."""
        await asyncio.gather(*self._taking)

    def _listen(self) -> None:
        self._loop.add_reader(self._socket.fileno(), self._take)

    def _rest(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._socket.fileno())

    def _take(self) -> None:
        pause = PASS_SECONDS
        try:
            for _ in range(self._turn):
                self._begin(self._socket.accept()[0])
            self._turn += 1
        except (BlockingIOError, ConnectionAbortedError):  # fewer than it was ready for
            self._turn = 1
        except OSError as error:
            log.warning("no connection can be taken", exc_info=error)
            pause = FULL_SECONDS
        self._rest()
        self._pause = self._loop.call_later(pause, self._listen)

    def _begin(self, connection: socket) -> None:
        connection.setblocking(False)
        task = self._loop.create_task(self._handed(connection))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    async def _handed(self, connection: socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:  # it was hung up already
            connection.close()
