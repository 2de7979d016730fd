"""One transaction from the first statement to the commit, whatever ends it."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.db import build_engine, build_sessions, single_statement, unit_of_work
from tests.conftest import patient
from tests.waiting import start_and_wait

ADD = text("INSERT INTO jobs (name, due_at) VALUES (:name, now())")
COUNT = text("SELECT count(*) FROM jobs")
LOCK = text("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE")


@pytest.fixture
async def single(fresh_url):
    """A pool of one: a connection that is not given back is missed at once."""
    engine = build_engine(patient(fresh_url), pool_size=1)
    yield build_sessions(engine)
    await engine.dispose()


async def add(sessions, *names, then=None):
    async with unit_of_work(sessions) as session:
        for name in names:
            await session.execute(ADD, {"name": name})
        if then is not None:
            raise then


async def count(sessions):
    async with unit_of_work(sessions) as session:
        return await session.scalar(COUNT)


async def test_it_commits_on_a_clean_exit(single):
    await add(single, "done")
    assert await count(single) == 1


async def test_it_rolls_back_on_an_exception(single):
    with pytest.raises(ZeroDivisionError):
        await add(single, "undone", then=ZeroDivisionError())
    assert await count(single) == 0


async def test_a_single_statement_stands_when_it_has_answered(single):
    """Nothing takes it back, and whoever gets the connection next has a transaction again."""
    async with single_statement(single) as session:
        await session.execute(ADD, {"name": "stands"})
        await session.rollback()
    assert await count(single) == 1
    with pytest.raises(ZeroDivisionError):
        await add(single, "undone", then=ZeroDivisionError())
    assert await count(single) == 1


async def test_it_rolls_back_what_cannot_be_committed(single):
    async with unit_of_work(single) as session:
        await session.execute(
            text(
                "ALTER TABLE jobs ADD CONSTRAINT uq_jobs_due UNIQUE (due_at)"
                " DEFERRABLE INITIALLY DEFERRED"
            )
        )
    with pytest.raises(IntegrityError, match="uq_jobs_due"):
        await add(single, "one", "two")
    assert await count(single) == 0


async def test_whoever_stops_waiting_leaves_the_connection_behind_clean(single, fresh_engine):
    others = build_sessions(fresh_engine)
    async with unit_of_work(others) as session:
        await session.execute(LOCK)
        waiting = await start_and_wait(others, add(single, "late"))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await count(single) == 0
    await add(single, "next")
    assert await count(others) == 1
