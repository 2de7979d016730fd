"""A proxy that understands what is asked of PostgreSQL, and kills at a chosen statement."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.chaos.proxy import connect
from bench.processes import free_port

CHUNK = 65_536
_HEAD, _LENGTH = 5, 4
READY = b"Z\x00\x00\x00\x05"
"""How an answer ends; one byte follows."""


@dataclass(slots=True)
class _Talk:
    """What one connection has said so far, in whole messages."""

    rest: bytes = b""
    is_open: bool = False
    statements: dict[bytes, str] = field(default_factory=dict)
    bound: str = ""
    tail: bytes = b""
    kills_when_answered: bool = False

    def messages(self, said: bytes) -> Iterator[bytes]:
        """Split at messages; those before the first of a session have no type."""
        self.rest += said
        while True:
            head = _HEAD if self.is_open else _LENGTH
            if len(self.rest) < head:
                return
            size = int.from_bytes(self.rest[head - _LENGTH : head], "big") + head - _LENGTH
            if len(self.rest) < size:
                return
            message, self.rest = self.rest[:size], self.rest[size:]
            if not self.is_open and message[4:8] == b"\x00\x03\x00\x00":
                self.is_open = True
            yield message

    def statement(self, message: bytes) -> str | None:
        """The SQL a message has carried out, if that is what it is for."""
        if not self.is_open or len(message) < _HEAD:
            return None
        kind, body = message[:1], message[_HEAD:]
        if kind == b"P":
            name, sql, *_ = body.split(b"\0")
            self.statements[name] = sql.decode(errors="replace")
        elif kind == b"B":
            _, name, *_ = body.split(b"\0")
            self.bound = self.statements.get(name, "")
        elif kind == b"E":
            return self.bound
        elif kind == b"Q":
            return body.rstrip(b"\0").decode(errors="replace")
        return None


@dataclass(slots=True)
class Tripwire:
    """Counts statements while it is armed; the one at `at` calls `kill`, before or after it."""

    upstream: int | Path
    port: int = field(default_factory=free_port)
    kill: Callable[[], None] = lambda: None
    at: int | None = None
    is_after: bool = False
    is_armed: bool = False
    seen: list[str] = field(default_factory=list)
    has_fired: bool = False
    server: asyncio.Server | None = None

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=256)

    def stop(self) -> None:
        if self.server is not None:
            self.server.close()

    def arm(self, at: int | None, *, is_after: bool = False) -> None:
        """From now on statements count; None only counts them."""
        self.at, self.is_after, self.seen = at, is_after, []
        self.is_armed, self.has_fired = True, False

    def disarm(self) -> list[str]:
        """What was asked for since it was armed."""
        self.is_armed = False
        return self.seen

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await connect(self.upstream)
        talk = _Talk()
        try:
            with suppress(asyncio.CancelledError):  # the run is over
                await asyncio.gather(
                    self._ask(reader, back, writer, talk), self._answer(there, writer, back, talk)
                )
        finally:
            for each in (writer, back):
                each.transport.abort()

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
        talk: _Talk,
    ) -> None:
        with suppress(OSError):
            while said := await reader.read(CHUNK):
                passed = b""
                for message in talk.messages(said):
                    if self._trips(talk.statement(message), talk) and not self.is_after:
                        self._fire()
                        server.transport.abort()
                        client.transport.abort()
                        return
                    passed += message
                server.write(passed)
                await server.drain()
        server.transport.abort()
        client.transport.abort()

    async def _answer(
        self,
        reader: asyncio.StreamReader,
        client: asyncio.StreamWriter,
        server: asyncio.StreamWriter,
        talk: _Talk,
    ) -> None:
        with suppress(OSError):
            while said := await reader.read(CHUNK):
                if talk.kills_when_answered:
                    talk.tail = (talk.tail + said)[-len(READY) - 1 :]
                    if talk.tail.startswith(READY):
                        self._fire()
                        break
                    continue
                client.write(said)
                await client.drain()
        server.transport.abort()
        client.transport.abort()

    def _trips(self, statement: str | None, talk: _Talk) -> bool:
        if statement is None or not self.is_armed or self.has_fired:
            return False
        self.seen.append(statement)
        if self.at != len(self.seen) - 1:
            return False
        talk.kills_when_answered = self.is_after
        return True

    def _fire(self) -> None:
        self.has_fired = True
        self.kill()
