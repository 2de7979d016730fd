"""F10: connections whose other end is gone without having said so."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import build_reading_engine, build_sessions, build_writing_engine, unit_of_work
from app.core.direct import direct
from bench.chaos.proxy import FINE, Proxy, Weather
from tests.conftest import patient

SECONDS = 1.5
"""How long the engine of these tests waits for an answer."""
_SAID = b"\x00SELECT 1\x00\x00\x00"
_PARSE = b"P" + (len(_SAID) + 4).to_bytes(4, "big") + _SAID
"""The first half of what is said to have a statement carried out."""
BY_SQLALCHEMY, BY_DRIVER = text("SELECT 1"), direct("SELECT 1")


@pytest.fixture
async def link() -> AsyncIterator[Proxy]:
    """The way to the server, which can be broken."""
    server = make_url(os.environ["TEST_SERVER_URL"])
    folder = server.query.get("host")
    port = int(server.query.get("port", server.port or 5432))
    upstream = Path(str(folder)) / f".s.PGSQL.{port}" if folder else port
    proxy = Proxy(upstream, Random(1))  # noqa: S311 - draws losses
    await proxy.start()
    yield proxy
    await proxy.stop()


@pytest.fixture
async def engine(link: Proxy, fresh_url: str) -> AsyncIterator[AsyncEngine]:
    url = make_url(fresh_url)
    through = f"postgresql+asyncpg://{url.username}@127.0.0.1:{link.port}/{url.database}"
    settings = patient(through).model_copy(
        update={"command_timeout_seconds": SECONDS, "pool_size": 4}
    )
    made = build_writing_engine(settings)
    yield made
    await made.dispose()


async def ask(engine: AsyncEngine, statement) -> float:
    """Seconds until a transaction with one statement ended, whichever way."""
    began = monotonic()
    try:
        async with unit_of_work(build_sessions(engine)) as session:
            await session.execute(statement)
            await asyncio.sleep(0.05)
    except (TimeoutError, DBAPIError):
        pass
    return monotonic() - began


@pytest.mark.parametrize("statement", [BY_SQLALCHEMY, BY_DRIVER], ids=["text", "direct"])
async def test_f10_one_silent_connection_speaks_for_all_of_a_pool(
    link: Proxy, engine: AsyncEngine, statement
) -> None:
    """Whoever met it waits for one answer; nobody after it waits for the others."""
    await asyncio.gather(*(ask(engine, statement) for _ in range(4)))
    link.freeze()
    assert SECONDS <= await ask(engine, statement) < 2 * SECONDS
    for _ in range(6):
        assert await ask(engine, statement) < SECONDS
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("build", [build_writing_engine, build_reading_engine])
async def test_f10_locks_of_a_connection_that_died_within_a_message_are_let_go(
    fresh_url: str, build
) -> None:
    """Of half a message the server waits for the rest, and no limit but this one counts."""
    limits = {"transaction_timeout_ms": 1_000, "idle_in_transaction_timeout_ms": 100}
    dying = build(patient(fresh_url).model_copy(update=limits | {"statement_timeout_ms": 100}))
    living = build_writing_engine(patient(fresh_url))
    async with dying.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.execute("BEGIN; LOCK TABLE jobs IN ACCESS SHARE MODE")
        driver._transport.write(_PARSE)
        async with asyncio.timeout(20), unit_of_work(build_sessions(living)) as session:
            await session.execute(text("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE"))
        await connection.invalidate()
    await dying.dispose()
    await living.dispose()


async def test_f10_a_connection_that_breaks_while_it_is_set_up_is_an_error_of_the_database(
    link: Proxy, engine: AsyncEngine
) -> None:
    """Else it would be answered as a bug of ours and not asked again."""
    link.weather = Weather(lost_requests=1, chosen=lambda said: b"transaction_timeout" in said)
    with pytest.raises(DBAPIError):
        await engine.connect()
    assert link.requests_lost == 1
    link.weather = FINE
    await ask(engine, BY_DRIVER)


async def test_f10_a_silent_machine_is_given_up_by_the_kernel_too(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        transport = raw.driver_connection._transport  # type: ignore[union-attr]
        limit = transport.get_extra_info("socket").getsockopt(6, 18)  # TCP_USER_TIMEOUT
    assert limit == 4_000
