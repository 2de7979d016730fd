"""The way to the database, which can lose, cut, slow down and fall silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy.engine import make_url

COMMIT = b"COMMIT;"


@dataclass
class Link:
    """Passes bytes on between whoever connects to it and the server behind `upstream`.

    `loses_request` or `loses_answer` is what the next piece from the client has to hold for the
    connection to be cut before it is passed on, or before its answer is. While `is_silent` those
    open when it became so pass nothing on, and nobody is told.
    """

    upstream: str
    loses_request: bytes | None = None
    loses_answer: bytes | None = None
    slice_bytes: int = 65_536
    delay_seconds: float = 0
    lost: int = 0
    url: str = ""
    silent: set[asyncio.StreamWriter] = field(default_factory=set)
    never: asyncio.Event = field(default_factory=asyncio.Event)
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    deaf: set[asyncio.StreamWriter] = field(default_factory=set)
    passing: set[asyncio.Task[None]] = field(default_factory=set)

    def fall_silent(self) -> None:
        self.silent |= self.open

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self.passing.add(task)
            task.add_done_callback(self.passing.discard)
        url = make_url(self.upstream)
        folder = str(url.query.get("host", ""))
        port = url.port or url.query.get("port", "5432")
        if folder.startswith("/"):
            there, back = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        else:
            there, back = await asyncio.open_connection(url.host, int(str(port)))
        self.open.add(writer)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, back, writer, is_asking=True))
                both.create_task(self._pass(there, writer, writer, is_asking=False))
        except* OSError:
            pass
        finally:
            self.open.discard(writer)
            for each in (writer, back):
                each.transport.abort()

    async def _pass(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
        *,
        is_asking: bool,
    ) -> None:
        while said := await source.read(65_536):
            if client in self.silent:
                await self.never.wait()
            if is_asking and self.loses_request and self.loses_request in said:
                self.loses_request, self.lost = None, self.lost + 1
                break
            if is_asking and self.loses_answer and self.loses_answer in said:
                self.loses_answer, self.lost = None, self.lost + 1
                self.deaf.add(client)
            if not is_asking and client in self.deaf:
                break
            for start in range(0, len(said), self.slice_bytes):
                target.write(said[start : start + self.slice_bytes])
                await target.drain()
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
        raise ConnectionResetError


@asynccontextmanager
async def link_to(upstream: str) -> AsyncIterator[Link]:
    link = Link(upstream)
    server = await asyncio.start_server(link.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = make_url(upstream).set(host="127.0.0.1", port=port, query={})
    link.url = made.render_as_string(hide_password=False)
    try:
        yield link
    finally:
        server.close()
        passing = tuple(link.passing)
        for each in passing:  # the silent ones as well, which would wait for ever
            each.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
        await asyncio.sleep(0.05)
