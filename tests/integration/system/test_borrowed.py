"""A session that sent only direct statements is like any other, and its connection too."""

import asyncio

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessions, build_sessions, single_statement, unit_of_work
from app.core.direct import direct
from app.models.system import Job

ADD = direct("INSERT INTO jobs (name, due_at) VALUES (:name, now()) RETURNING name")
COUNT = direct("SELECT count(*) FROM jobs")
LATE = text("""
    CREATE TABLE late (id int CONSTRAINT pk_late PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)
""")


@pytest.fixture
def sessions(fresh_engine: AsyncEngine) -> Sessions:
    return build_sessions(fresh_engine)


async def count(sessions: Sessions) -> int:
    async with unit_of_work(sessions) as session:
        found: int = await session.scalar(COUNT)
        return found


async def add(sessions: Sessions, *names: str, then: type[Exception] | None = None) -> None:
    async with unit_of_work(sessions) as session:
        for name in names:
            await session.scalar(ADD, {"name": name})
        if then is not None:
            raise then


async def add_late(sessions: Sessions) -> None:
    """Two of a kind, which only the commit refuses."""
    async with unit_of_work(sessions) as session:
        await session.execute(direct("INSERT INTO late VALUES (1), (1)"))
        assert is_borrowed(session)


def is_borrowed(session) -> bool:
    return session.sync_session.borrowed is not None


async def test_it_commits_and_gives_the_connection_back(sessions, fresh_engine):
    async with unit_of_work(sessions) as session:
        await session.scalar(ADD, {"name": "first"})
        assert is_borrowed(session)
        assert session.in_transaction()
        assert fresh_engine.pool.checkedout() == 1
    assert not session.in_transaction()
    assert fresh_engine.pool.checkedout() == 0
    assert await count(sessions) == 1


async def test_what_fails_is_rolled_back(sessions, fresh_engine):
    with pytest.raises(ZeroDivisionError):
        await add(sessions, "first", then=ZeroDivisionError)
    assert fresh_engine.pool.checkedout() == 0
    assert await count(sessions) == 0


async def test_closing_and_rolling_back_undo_it(sessions):
    async with sessions() as session:
        await session.scalar(ADD, {"name": "first"})
        await session.rollback()
        assert not session.in_transaction()
        await session.scalar(ADD, {"name": "second"})
    assert await count(sessions) == 0


async def test_sqlalchemy_goes_on_in_the_same_transaction(sessions):
    async with unit_of_work(sessions) as session:
        await session.scalar(ADD, {"name": "first"})
        (job,) = (await session.scalars(select(Job))).all()
        assert not is_borrowed(session)
        assert job.name == "first"
        session.add(Job(name="second", due_at=job.due_at))
        assert await session.scalar(COUNT) == 2
        assert await count(sessions) == 0
    assert await count(sessions) == 2


async def test_what_was_added_last_is_written(sessions):
    async with unit_of_work(sessions) as session:
        now = await session.scalar(direct("SELECT now()"))
        session.add(Job(name="only", due_at=now))
    assert await count(sessions) == 1


async def test_an_error_at_the_commit_is_told_and_nothing_stays(sessions, fresh_engine):
    async with unit_of_work(sessions) as session:
        await session.execute(LATE)
    with pytest.raises(IntegrityError, match="pk_late"):
        await add_late(sessions)
    assert fresh_engine.pool.checkedout() == 0
    async with unit_of_work(sessions) as session:
        assert await session.scalar(direct("SELECT count(*) FROM late")) == 0


async def test_a_refused_statement_leaves_the_connection_whole(sessions, fresh_engine):
    for _ in range(2):
        with pytest.raises(DBAPIError):
            await add(sessions, "first", "first")
    assert fresh_engine.pool.checkedout() == 0
    assert await count(sessions) == 0


async def test_a_single_statement_is_there_at_once(sessions):
    async with single_statement(sessions) as session:
        await session.scalar(ADD, {"name": "first"})
        assert is_borrowed(session)
        assert await count(sessions) == 1
        await session.execute(text("INSERT INTO jobs (name, due_at) VALUES ('second', now())"))
        assert await count(sessions) == 2


async def test_the_next_one_has_transactions_again(sessions):
    for goes_on in (False, True):
        async with single_statement(sessions) as session:
            await session.scalar(COUNT)
            if goes_on:
                await session.execute(text("SELECT 1"))
        async with sessions() as session:
            await session.scalar(ADD, {"name": "never"})
            await session.rollback()
        assert await count(sessions) == 0


async def test_who_listens_hears_it(sessions, fresh_engine):
    heard: list[str] = []
    event.listen(fresh_engine.sync_engine, "begin", lambda _: heard.append("begin"))
    event.listen(fresh_engine.sync_engine, "commit", lambda _: heard.append("commit"))
    async with unit_of_work(sessions) as session:
        await session.scalar(ADD, {"name": "first"})
        assert not is_borrowed(session)
    assert heard == ["begin", "commit"]
    assert await count(sessions) == 1


async def backend(sessions: Sessions) -> int:
    """The process of the server that answers."""
    async with unit_of_work(sessions) as session:
        found: int = await session.scalar(direct("SELECT pg_backend_pid()"))
        return found


async def test_one_that_lies_ready_is_taken_as_it_is(sessions, fresh_engine, monkeypatch):
    first = await backend(sessions)
    monkeypatch.setattr(type(fresh_engine.sync_engine), "raw_connection", None)
    assert await backend(sessions) == first
    with pytest.raises(ZeroDivisionError):
        await add(sessions, "never", then=ZeroDivisionError)
    assert await count(sessions) == 0
    assert await backend(sessions) == first


@pytest.mark.parametrize("why", ["old", "given up", "given up softly", "closed"])
async def test_one_that_is_of_no_more_use_is_not_taken(sessions, fresh_engine, why):
    first = await backend(sessions)
    pool = fresh_engine.pool
    (record,) = pool._pool._items
    if why == "old":
        record.starttime -= pool._recycle + 1
    elif why == "given up":
        pool._invalidate_time = record.starttime + 1
    elif why == "given up softly":
        record._soft_invalidate_time = record.starttime + 1
    else:
        record.invalidate()
    assert await backend(sessions) != first
    assert pool.checkedout() == 0


@pytest.mark.parametrize("what", ["checkout", "checkin", "reset"])
async def test_who_listens_to_the_pool_hears_it(sessions, fresh_engine, what):
    await backend(sessions)
    heard: list[str] = []
    event.listen(fresh_engine.sync_engine, what, lambda *_: heard.append(what))
    await backend(sessions)
    assert heard == [what]


async def test_those_who_wait_get_what_is_given_back(sessions, fresh_engine):
    size = fresh_engine.pool.size()
    first = await asyncio.gather(*(backend(sessions) for _ in range(size * 3)))
    assert set(await asyncio.gather(*(backend(sessions) for _ in range(size * 3)))) <= set(first)
    assert len(set(first)) <= size
    assert fresh_engine.pool.checkedout() == 0
