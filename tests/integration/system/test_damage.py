"""Damage is told, never served, and what was kept aside is sound."""

import os
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.core.db import PoolTimeout, build_engine, build_sessions, read_only, unit_of_work
from app.routers.problems.database import database_problem
from app.routers.problems.errors import InternalError, Overloaded
from app.services import reports
from tests.conftest import SERVER, admin, patient
from tests.factories.counters import OrderCounter, fill_purse
from tests.factories.shop import make_shop

PAGE = 8_192


async def broken(url: str) -> set[str]:
    """Names of invariants that do not hold there."""
    engine = build_engine(patient(url))
    found = {each.name async for each in reports.audit(read_only(engine)) if not each.holds}
    await engine.dispose()
    return found


async def copied(url: str, name: str) -> str:
    """A copy of the files of a database nobody is connected to."""
    source = make_url(url).database
    statement = f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy"
    await admin(os.environ[SERVER], statement)
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def test_f27_deleted_entries_are_found_and_the_copy_of_before_is_sound(fresh_url):
    """Whoever gets past triggers and privileges is found by the audit."""
    engine = build_engine(patient(fresh_url))
    sessions = build_sessions(engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    tenders = await fill_purse(sessions, shop.member.id)
    counter = OrderCounter(sessions)
    placed = await counter.place(shop.member.id, [(shop.skus[0].id, 1)], tenders=tenders)
    await counter.pay(placed)
    with pytest.raises(DBAPIError, match="append"):
        async with unit_of_work(sessions) as session:
            await session.execute(text("DELETE FROM ledger_entries"))
    await engine.dispose()
    before = await copied(fresh_url, "stoa_test_before")
    try:
        async with unit_of_work(build_sessions(engine)) as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            last = "SELECT max(journal_id::text)::uuid FROM ledger_entries"
            await session.execute(text(f"DELETE FROM ledger_entries WHERE journal_id = ({last})"))
        await engine.dispose()
        assert await broken(fresh_url)
        assert await broken(before) == set()
    finally:
        await admin(os.environ[SERVER], "DROP DATABASE stoa_test_before WITH (FORCE)")


async def test_f28_a_flipped_bit_is_an_alarm_and_no_answer(fresh_url):
    """Pages have checksums: a damaged one is refused, and told as a failure of ours."""
    engine = build_engine(patient(fresh_url))
    sessions = build_sessions(engine)
    async with unit_of_work(sessions) as session:
        if await session.scalar(text("SHOW data_checksums")) != "on":
            pytest.skip("the server keeps no checksums")
        folder = Path(await session.scalar(text("SHOW data_directory")))
        await session.execute(text("CREATE TABLE pages AS SELECT generate_series(1, 500) AS n"))
        file = await session.scalar(text("SELECT pg_relation_filepath('pages')"))
    await engine.dispose()
    await admin(os.environ[SERVER], "CHECKPOINT")
    if not os.access(folder / file, os.W_OK):
        pytest.skip("the server's files are not ours")
    with (folder / file).open("r+b") as pages:
        pages.seek(PAGE // 2)
        byte = pages.read(1)[0]
        pages.seek(PAGE // 2)
        pages.write(bytes([byte ^ 1]))
    url = await copied(fresh_url, "stoa_test_flipped")
    engine = build_engine(patient(url))
    try:
        with pytest.raises(DBAPIError, match="invalid page") as refused:
            async with unit_of_work(build_sessions(engine)) as session:
                await session.execute(text("SELECT sum(n) FROM pages"))
        assert isinstance(database_problem(refused.value), InternalError)
    finally:
        await engine.dispose()
        await admin(os.environ[SERVER], "DROP DATABASE stoa_test_flipped WITH (FORCE)")


def test_f30_a_crowd_is_not_told_to_come_back_together() -> None:
    """Waits are spread; what failed by a fault of ours is not asked for again at all."""
    problems = [database_problem(PoolTimeout("full")) for _ in range(100)]
    assert all(isinstance(each, Overloaded) for each in problems)
    assert {each.retry_after_seconds for each in problems} == {1, 2, 3}
    assert database_problem(ValueError("ours")).retry_after_seconds is None
