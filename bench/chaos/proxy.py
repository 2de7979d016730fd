"""A TCP proxy that does to a link what networks do: it loses, breaks, stalls and slows."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.processes import free_port

CHUNK = 65_536
COMMIT = b"COMMIT;\x00"
"""How the driver ends a transaction, in a message of its own."""

Chosen = Callable[[bytes], bool]
"""Whether a piece of what the client says is one to lose (or to lose the answer of)."""


def commits(said: bytes) -> bool:
    return COMMIT in said


def anything(said: bytes) -> bool:
    return bool(said)


async def connect(to: int | Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to a port of this machine, or to a socket."""
    if isinstance(to, Path):
        return await asyncio.open_unix_connection(to)
    return await asyncio.open_connection("127.0.0.1", to)


@dataclass(frozen=True, slots=True)
class Weather:
    """What the link does. Shares are of the pieces that `chosen` picks.

    A lost answer was carried out and is not heard of; a lost request never arrived. After either
    the client's connection is reset.
    """

    lost_answers: float = 0
    lost_requests: float = 0
    chosen: Chosen = commits
    is_black_hole: bool = False
    refuses: bool = False
    delay_seconds: float = 0
    slice_bytes: int = 0
    bytes_per_second: int = 0


FINE = Weather()


@dataclass(slots=True, eq=False)
class _Link:
    """One connection: `number` counts them from the start of the proxy."""

    number: int
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    spoken: int = 0
    swallows: bool = False

    def reset(self) -> None:
        for each in (self.client, self.server):
            each.transport.abort()


@dataclass(slots=True)
class Proxy:
    """Listens on `port`, passes on to the port or socket `upstream` what the weather allows.

    `frozen_before`: connections with a lower number are dead without anybody having said so.
    `skips` pieces of a connection (its opening) are never chosen.
    """

    upstream: int | Path
    lots: Random
    port: int = field(default_factory=free_port)
    weather: Weather = FINE
    frozen_before: int = 0
    skips: int = 0
    opened: int = 0
    answers_lost: int = 0
    requests_lost: int = 0
    resets: int = 0
    links: set[_Link] = field(default_factory=set)
    server: asyncio.Server | None = None

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=512)

    async def stop(self) -> None:
        if self.server is not None:
            self.server.close()
        self.weather = FINE
        self.frozen_before = 0
        self.reset()

    def reset(self) -> None:
        """Break every connection that is open."""
        for each in tuple(self.links):
            self.resets += 1
            each.reset()

    def freeze(self) -> None:
        """Whatever is open now will never say anything again; what is opened later works."""
        self.frozen_before = self.opened

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.weather.is_black_hole:  # noqa: ASYNC110 - the weather changes often
            await asyncio.sleep(0.02)
        try:
            if self.weather.refuses:
                raise ConnectionRefusedError
            there, back = await connect(self.upstream)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(self.opened, writer, back)
        self.opened += 1
        self.links.add(link)
        try:
            with suppress(asyncio.CancelledError):  # the run is over
                await asyncio.gather(self._ask(reader, link), self._answer(there, link))
        finally:
            self.links.discard(link)
            link.reset()

    async def _ask(self, reader: asyncio.StreamReader, link: _Link) -> None:
        with suppress(OSError):
            while said := await reader.read(CHUNK):
                await self._held_up(link)
                link.spoken += 1
                weather = self.weather
                if link.spoken > self.skips and weather.chosen(said):
                    lot = self.lots.random()
                    if lot < weather.lost_requests:
                        self.requests_lost += 1
                        break
                    if lot < weather.lost_requests + weather.lost_answers:
                        link.swallows = True
                await self._pass_on(said, link.server)
        link.reset()

    async def _answer(self, reader: asyncio.StreamReader, link: _Link) -> None:
        with suppress(OSError):
            while said := await reader.read(CHUNK):
                await self._held_up(link)
                if link.swallows:
                    self.answers_lost += 1
                    break
                await self._pass_on(said, link.client)
        link.reset()

    async def _held_up(self, link: _Link) -> None:
        while self._holds(link):  # noqa: ASYNC110 - the weather changes often
            await asyncio.sleep(0.02)
        if self.weather.delay_seconds:
            await asyncio.sleep(self.weather.delay_seconds * self.lots.uniform(0.5, 1.5))

    def _holds(self, link: _Link) -> bool:
        return self.weather.is_black_hole or link.number < self.frozen_before

    async def _pass_on(self, said: bytes, writer: asyncio.StreamWriter) -> None:
        weather = self.weather
        if weather.bytes_per_second:
            await asyncio.sleep(len(said) / weather.bytes_per_second)
        step = weather.slice_bytes or len(said)
        for at in range(0, len(said), step):
            writer.write(said[at : at + step])
            await writer.drain()
            if weather.slice_bytes:
                await asyncio.sleep(0)
