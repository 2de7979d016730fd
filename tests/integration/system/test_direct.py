"""Direct statements behave as others do, whatever happens to them."""

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import build_sessions, unit_of_work
from app.core.direct import direct
from app.core.ids import new_id
from app.models.inventory import Warehouse
from tests.factories.merchants import make_merchant
from tests.statements import Statements

PAIRS = direct("""
SELECT n, 'x' || n AS name FROM unnest(CAST(:numbers AS int[])) AS u(n) WHERE n > :least
""")
ADD_JOB = direct("INSERT INTO jobs (name, due_at) VALUES (:name, now()) RETURNING name")
ADD_QUIETLY = direct("INSERT INTO jobs (name, due_at) VALUES (:name, now())")
COUNT = direct("SELECT count(*) FROM jobs")
WAREHOUSES = direct("SELECT code FROM warehouses")


async def test_it_answers_rows_like_any_statement(session):
    values = {"numbers": [1, 2, 3], "least": 1}
    rows = (await session.execute(PAIRS, values)).all()
    assert [(row.n, row.name) for row in rows] == [(2, "x2"), (3, "x3")]
    assert (await session.execute(PAIRS, values)).mappings().first() == {"n": 2, "name": "x2"}
    assert await session.scalar(PAIRS, values) == 2
    assert (await session.scalars(PAIRS, values)).all() == [2, 3]
    nothing = {"numbers": [], "least": 1}
    assert (await session.execute(PAIRS, nothing)).all() == []
    assert (await session.execute(PAIRS, nothing)).first() is None
    assert await session.scalar(PAIRS, nothing) is None
    assert (await session.execute(PAIRS, nothing)).mappings().all() == []


async def test_it_belongs_to_the_transaction(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with sessions.begin() as session:
        await session.execute(ADD_JOB, {"name": "first"})
        assert await session.scalar(text("SELECT count(*) FROM jobs")) == 1
        await session.rollback()
    async with unit_of_work(sessions) as session:
        assert await session.scalar(COUNT) == 0
        await session.execute(ADD_QUIETLY, {"name": "second"})
        async with session.begin_nested() as savepoint:
            await session.execute(ADD_JOB, {"name": "third"})
            await savepoint.rollback()
    async with sessions() as session:
        assert await session.scalar(COUNT) == 1
        await session.execute(ADD_JOB, {"name": "fourth"})
        await session.commit()
        await session.execute(ADD_JOB, {"name": "fifth"})
        await session.rollback()
        assert await session.scalar(COUNT) == 2


async def test_it_sees_what_is_yet_to_be_flushed(session):
    merchant = await make_merchant(session)
    session.add(
        Warehouse(id=new_id(), merchant_id=merchant.id, code="NEW", name="New", country="CN")
    )
    assert "NEW" in (await session.scalars(WAREHOUSES)).all()


async def test_a_refusal_is_told_in_the_same_words(session):
    await session.execute(ADD_JOB, {"name": "twice"})
    with pytest.raises(IntegrityError, match="pk_jobs"):
        async with session.begin_nested():
            await session.execute(ADD_JOB, {"name": "twice"})
    with pytest.raises(DBAPIError):
        async with session.begin_nested():
            await session.execute(ADD_JOB, {"name": 7})
    assert await session.scalar(COUNT) == 1


async def test_a_connection_that_broke_is_not_lent_again(fresh_engine):
    sessions = build_sessions(fresh_engine)

    async def lose(session: AsyncSession) -> None:
        pid = await session.scalar(direct("SELECT pg_backend_pid()"))
        async with unit_of_work(sessions) as other:
            await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        await session.scalar(COUNT)

    with pytest.raises(DBAPIError) as told:
        async with unit_of_work(sessions) as session:
            await lose(session)
    assert told.value.connection_invalidated
    for _ in range(3):
        async with unit_of_work(sessions) as session:
            assert await session.scalar(COUNT) == 0


async def test_it_is_heard_and_counted(session, engine):
    with Statements(engine) as sent:
        await session.scalar(COUNT)
    assert sent.sent == ["SELECT count(*) FROM jobs"]


async def test_a_list_of_values_is_sent_one_by_one(session):
    await session.execute(ADD_QUIETLY, [{"name": "one"}, {"name": "two"}])
    assert await session.scalar(COUNT) == 2


async def test_types_are_for_sql_to_say(session):
    typed = direct("SELECT :value").bindparams(bindparam("value", type_=JSONB))
    with pytest.raises(TypeError, match="casts its values"):
        await session.scalar(typed, {"value": {}})
