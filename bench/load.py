"""The load generator: a process of its own that asks in a closed loop over raw sockets.

Each connection sends its next request when the last one is answered. `python -m bench.load` reads
a job as JSON from stdin and prints what it saw as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import Any

import uvloop
from typing_extensions import override

SHOWN_BYTES = 600


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None

    def encode(self) -> bytes:
        body = (self.body or "").encode()
        lines = [f"{self.method} {self.path} HTTP/1.1", "host: bench"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body is not None:
            lines += ["content-type: application/json", f"content-length: {len(body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(slots=True)
class Job:
    """`seconds` are counted after `warm_seconds`. With `once` no request is sent twice."""

    port: int
    connections: int
    requests: list[Request]
    seconds: float
    warm_seconds: float = 0.5
    expected: int = 200
    once: bool = False


@dataclass(slots=True)
class Seen:
    """Latencies of the counted requests; `sent` counts all of them, the warm-up included."""

    seconds: float = 0
    sent: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    unexpected: str | None = None


class Connection(asyncio.Protocol):
    """One keep-alive connection; `ask` sends a request and waits for the whole answer."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: Any = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server closed the connection"))

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        head = bytes(self._buffer[:end]).lower()
        total = end + 4 + _length(head)
        if len(self._buffer) >= total:
            body = bytes(self._buffer[end + 4 : total])
            del self._buffer[:total]
            self._answer.set_result((int(head[9:12]), body))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        if self._transport.is_closing():
            raise ConnectionError("the server closed the connection")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()


def _length(head: bytes) -> int:
    start = head.find(b"content-length:")
    if start < 0:
        if b"transfer-encoding" in head:
            raise ValueError("the load generator reads no chunked answers")
        return 0
    end = head.find(b"\r\n", start)
    return int(head[start + 15 : end if end >= 0 else len(head)])


async def _keep_asking(job: Job, requests: Iterator[bytes], seen: Seen, started: float) -> None:
    _, connection = await asyncio.get_running_loop().create_connection(
        Connection, "127.0.0.1", job.port
    )
    counted_from = started + job.warm_seconds
    until = counted_from + job.seconds
    try:
        for request in requests:
            seen.sent += 1
            begun = time.perf_counter()
            status, body = await connection.ask(request)
            ended = time.perf_counter()
            seen.statuses[str(status)] = seen.statuses.get(str(status), 0) + 1
            if status != job.expected:
                seen.unexpected = f"{status} {body[:SHOWN_BYTES].decode(errors='replace')}"
            if begun >= counted_from:
                seen.latencies_ms.append((ended - begun) * 1000)
                seen.seconds = max(seen.seconds, ended - counted_from)
            if ended >= until or seen.unexpected:
                return
    finally:
        connection.close()


async def run(job: Job) -> Seen:
    encoded = [request.encode() for request in job.requests]
    requests = iter(encoded) if job.once else cycle(encoded)
    seen = Seen()
    started = time.perf_counter()
    await asyncio.gather(
        *(_keep_asking(job, requests, seen, started) for _ in range(job.connections))
    )
    return seen


async def ask_each(job: Job) -> list[tuple[int, bytes]]:
    """The answers to the job's requests in order, over one connection, untimed."""
    _, connection = await asyncio.get_running_loop().create_connection(
        Connection, "127.0.0.1", job.port
    )
    try:
        return [await connection.ask(each.encode()) for each in job.requests]
    finally:
        connection.close()


def main() -> None:
    raw = json.load(sys.stdin)
    raw["requests"] = [Request(**each) for each in raw["requests"]]
    seen = uvloop.run(run(Job(**raw)))
    json.dump(asdict(seen), sys.stdout)


if __name__ == "__main__":
    main()
