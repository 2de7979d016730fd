"""What GET endpoints read with: one round trip a statement, and no writes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.build import resources
from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.settings import DatabaseSettings, Settings


async def test_a_reader_begins_no_transaction(readers: Sessions) -> None:
    async with readers() as session:
        await session.execute(text("SELECT 1"))
        assert not (await _driver(session)).is_in_transaction()


async def test_nothing_is_sent_besides_the_statement(readers: Sessions) -> None:
    besides: list[str] = []
    async with readers() as session:
        driver = await _driver(session)
        # The driver logs what is sent without being prepared, so not the statement itself.
        driver.add_query_logger(lambda record: besides.append(record.query))
        await session.execute(text("SELECT 1"))
    async with readers() as session:
        await session.execute(text("SELECT 1"))
        assert await _driver(session) is driver
    assert not besides


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO jobs (name, due_at) VALUES ('x', now())",
        "UPDATE jobs SET due_at = now()",
        "DELETE FROM jobs",
        "WITH gone AS (DELETE FROM jobs RETURNING 1) SELECT * FROM gone",
        "CREATE TABLE extra (id int)",
        "SELECT * FROM jobs FOR UPDATE",
    ],
)
async def test_postgresql_refuses_whatever_writes(readers: Sessions, statement: str) -> None:
    async with readers() as session:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await session.execute(text(statement))
    async with readers() as session:
        assert await session.scalar(text("SELECT count(*) FROM jobs")) == 0


async def test_a_reader_sees_what_was_committed_meanwhile(readers: Sessions, fresh_engine) -> None:
    count = text("SELECT count(*) FROM jobs")
    async with readers() as session:
        assert await session.scalar(count) == 0
        async with unit_of_work(build_sessions(fresh_engine)) as other:
            await other.execute(text("INSERT INTO jobs (name, due_at) VALUES ('x', now())"))
        assert await session.scalar(count) == 1


async def _driver(session: AsyncSession):
    raw = await (await session.connection()).get_raw_connection()
    return raw.driver_connection


async def test_only_what_writes_keeps_generic_plans(fresh_url: str) -> None:
    """A category's list depends on the category; an order's statements on nothing they are told."""
    async with resources(Settings(database=DatabaseSettings(url=fresh_url))) as made:
        modes = []
        for sessions in (made.sessions, made.readers):
            async with sessions() as session:
                modes.append(await session.scalar(text("SHOW plan_cache_mode")))
    assert modes == ["force_generic_plan", "auto"]
