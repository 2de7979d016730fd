"""A crowd: every buyer has a connection, and all of them ask at the same moment.

`python -m bench.flash.burst` reads a `Crowd` as JSON from stdin and prints the answers as JSON.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import uvloop

from bench.client import UnexpectedAnswer
from bench.load import Connection, Request
from bench.server import ROOT

OPENING = 50
"""Connections opened at a time, before anybody asks."""


@dataclass(frozen=True, slots=True)
class Crowd:
    port: int
    requests: list[Request]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one buyer was told, `ms` after everybody asked; `slug` names the reason of a refusal.

    Without a `status` the connection was closed on them.
    """

    status: int
    slug: str
    ms: float
    retry_after: bool


def release(port: int, requests: Sequence[Request]) -> list[Answer]:
    """Let everybody ask at once, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.flash.burst"],
        cwd=ROOT,
        input=json.dumps(asdict(Crowd(port, list(requests)))).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise UnexpectedAnswer(done.stderr.decode()[-2000:])
    return [Answer(**each) for each in json.loads(done.stdout)]


async def _open(port: int, at_once: asyncio.Semaphore) -> Connection:
    async with at_once:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
        return connection


async def _ask(connection: Connection, request: bytes, began: float) -> Answer:
    try:
        status, body = await connection.ask(request)
    except ConnectionError:
        return Answer(0, "connection closed", (time.perf_counter() - began) * 1000, False)
    finally:
        connection.close()
    ms = (time.perf_counter() - began) * 1000
    return Answer(status, _slug(status, body), ms, b"retry_after" in body)


def _slug(status: int, body: bytes) -> str:
    if status < 400:  # noqa: PLR2004 - statuses below are no refusals
        return ""
    try:
        said: dict[str, Any] = json.loads(body)
    except ValueError:
        return body[:40].decode(errors="replace")
    return str(said["type"]).rpartition("/")[2]


async def run(crowd: Crowd) -> list[Answer]:
    at_once = asyncio.Semaphore(OPENING)
    connections = await asyncio.gather(*(_open(crowd.port, at_once) for _ in crowd.requests))
    encoded = [each.encode() for each in crowd.requests]
    began = time.perf_counter()
    return await asyncio.gather(
        *(_ask(*each, began) for each in zip(connections, encoded, strict=True))
    )


def main() -> None:
    raw = json.load(sys.stdin)
    requests = [Request(**each) for each in raw["requests"]]
    answers = uvloop.run(run(Crowd(raw["port"], requests)))
    json.dump([asdict(each) for each in answers], sys.stdout)


if __name__ == "__main__":
    main()
