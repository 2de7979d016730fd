"""The server's side of a connection: nobody keeps it by saying little, slowly or ambiguously.

A proxy in front has limits of its own (`deploy/nginx.conf`); without one these are the only ones.
A request that arrives whole, as nearly all do, starts no timer.
"""

from asyncio import BaseTransport, TimerHandle, Transport
from enum import Enum
from typing import Final, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS: Final = 10.0
"""From a connection, or the first byte of a request, to the end of its headers."""
HEAD_BYTES: Final = 64 * 1_024
BODY_SECONDS: Final = 15.0
"""What any body may take; a long one has a second more for each `BODY_BYTES_PER_SECOND`."""
BODY_BYTES_PER_SECOND: Final = 16 * 1_024


class UnfitRequest(Exception):
    """Answered 400 by the server itself, before there is a request."""


class Awaited(Enum):
    """What the caller has begun and not finished."""

    NOTHING = 0
    HEAD = 1
    BODY = 2


class Protocol(HttpToolsProtocol):
    """uvicorn's own, with limits on time and size, and one Host header required (RFC 9112, 3.2)."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS
    _awaited = Awaited.NOTHING
    _timer: TimerHandle | None = None
    _head_bytes = 0
    _body_bytes = 0
    _body_began = 0.0

    @override
    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(cast("Transport", transport))
        self._wait(self.head_seconds)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._awaited is Awaited.NOTHING or self.transport.is_closing():
            return
        if self._timer is None:
            is_head = self._awaited is Awaited.HEAD
            self._wait(self.head_seconds if is_head else self.body_seconds)
        if self._awaited is Awaited.HEAD:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.send_400_response("The head of the request is too large.")

    @override
    def on_message_begin(self) -> None:
        self._awaited, self._head_bytes = Awaited.HEAD, 0
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() != "1.0"):
            raise UnfitRequest("one Host header is required")
        if sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            raise UnfitRequest("the headers are too large")
        self._stop_waiting()
        self._awaited, self._body_bytes, self._body_began = Awaited.BODY, 0, self.loop.time()
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._stop_waiting()
        self._awaited = Awaited.NOTHING
        super().on_message_complete()

    def _wait(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._look)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """The time is over: hang up, unless a body came as fast as it has to."""
        self._timer = None
        if self._awaited is not Awaited.BODY:
            self.transport.close()
            return
        due = self._body_began + self.body_seconds + self._body_bytes / BODY_BYTES_PER_SECOND
        if self.flow.read_paused:  # it is the service that does not read on
            self._wait(self.body_seconds)
        elif (left := due - self.loop.time()) > 0:
            self._wait(left)
        else:
            self.transport.close()
