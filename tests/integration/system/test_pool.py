"""A pool of one, wanted by several: first come, first served."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.util import greenlet_spawn

from app.core.db import build_engine
from app.core.pool import FairQueue
from tests.conftest import patient

ONE = text("SELECT 1")


@pytest.fixture
async def engine(fresh_url):
    engine = build_engine(patient(fresh_url), pool_size=1)
    yield engine
    await engine.dispose()


async def queued(engine, seen, name):
    """Wait in the queue from now on; the task notes `name` when it has its turn."""

    async def turn():
        async with engine.connect() as connection:
            await connection.execute(ONE)
            seen.append(name)

    task = asyncio.create_task(turn())
    await asyncio.sleep(0.01)
    return task


async def test_who_comes_back_at_once_waits_behind_those_who_wait(engine):
    seen = []
    connection = await engine.connect()
    await connection.execute(ONE)
    waiting = [await queued(engine, seen, name) for name in ("first", "second")]
    await connection.close()
    connection = await engine.connect()
    seen.append("back again")
    await connection.close()
    await asyncio.gather(*waiting)
    assert seen == ["first", "second", "back again"]


async def test_who_gives_up_is_passed_over(engine):
    seen = []
    async with engine.connect() as connection:
        await connection.execute(ONE)
        gone = await queued(engine, seen, "gone")
        stays = await queued(engine, seen, "stays")
        gone.cancel()
    await stays
    assert seen == ["stays"]
    assert gone.cancelled()


async def test_who_gives_up_when_its_turn_came_passes_it_on():
    queue = FairQueue(1)
    late, after = (asyncio.create_task(greenlet_spawn(queue.get, True, 5)) for _ in range(2))
    await asyncio.sleep(0.01)
    queue.put_nowait("connection")  # is handed to the first, who has not run yet
    late.cancel()
    assert await after == "connection"
    with pytest.raises(asyncio.CancelledError):
        await late


async def test_who_waited_too_long_is_told(fresh_url):
    settings = patient(fresh_url).model_copy(update={"pool_timeout_seconds": 0.05})
    engine = build_engine(settings, pool_size=1)
    async with engine.connect() as connection:
        await connection.execute(ONE)
        with pytest.raises(PoolTimeout):
            await engine.connect()
    async with engine.connect() as connection:
        assert await connection.scalar(ONE) == 1
    await engine.dispose()
