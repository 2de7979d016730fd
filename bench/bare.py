"""The ceiling in Python: FastAPI and asyncpg without anything between them.

Every request is prepared: its statements, its arguments and the bytes of its answer were traced
off the service, so this does the service's database work and nothing else.
"""

import os
import pickle
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from fastapi import FastAPI, Response

from app.core.db import EVERYWHERE, WRITING
from bench.substitution import Sent

PLAN = "BENCH_PLAN"
POOL_SIZE = 4
"""As many connections as a process of the service has for reading, and for writing."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request: what to send and what to answer."""

    sent: Sequence[Sent]
    answer: bytes


@dataclass(slots=True)
class Plan:
    """Prepared requests by name, e.g. `product` or `order`."""

    dsn: str
    requests: dict[str, list[Prepared]] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self))


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """Gives no round trip away when it goes back to the pool."""

    def get_reset_query(self) -> str:
        return ""


async def _pool(dsn: str, settings: Mapping[str, str]) -> Any:
    """Set up as the service's pools are."""
    return await asyncpg.create_pool(
        dsn,
        min_size=POOL_SIZE,
        max_size=POOL_SIZE,
        connection_class=Connection,
        statement_cache_size=1_000,
        server_settings={**EVERYWHERE, **settings},
    )


def create() -> FastAPI:
    plan: Plan = pickle.loads(Path(os.environ[PLAN]).read_bytes())  # noqa: S301 - our own file
    readers: Any = None
    writers: Any = None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal readers, writers
        readers = await _pool(plan.dsn, {})
        writers = await _pool(plan.dsn, WRITING)
        yield
        await readers.close()
        await writers.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.get("/hello")
    async def hello() -> Response:
        return Response(b'{"hello":"world"}', media_type="application/json")

    @app.get("/{name}/{number}")
    async def read(name: str, number: int) -> Response:
        request = plan.requests[name][number]
        async with readers.acquire() as connection:
            for each in request.sent:
                await connection.fetch(each.sql, *each.args)
        return Response(request.answer, media_type="application/json")

    @app.post("/{name}/{number}")
    async def write(name: str, number: int) -> Response:
        request = plan.requests[name][number]
        async with writers.acquire() as connection:
            for each in request.sent:
                if each.args:
                    await connection.fetch(each.sql, *each.args)
                else:
                    await connection.execute(each.sql)
        return Response(request.answer, 201, media_type="application/json")

    return app
