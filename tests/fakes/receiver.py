"""A merchant's endpoint that really listens: keeps what came and answers as it is told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

Answer: TypeAlias = int | bytes | Callable[[], Any]
"""A status, a whole answer, or what is awaited before 200 is answered."""


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """`answers` are given one each, then 204 for ever."""

    port: int = 0
    answers: list[Answer] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        # Values keep their case; only the names are lower.
        values = {
            line.split(": ", 1)[0].lower(): line.split(": ", 1)[1] for line in head[1:] if line
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.received.append(Received(head[0].split()[1], values, body))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            answer: Answer = self.answers.pop(0) if self.answers else 204
            if callable(answer):
                await answer()
                answer = 200
        finally:
            self.under_way -= 1
        if isinstance(answer, int):
            answer = f"HTTP/1.1 {answer} X\r\ncontent-length: 6\r\n\r\nsecret".encode()
        writer.write(answer)
        await writer.drain()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
