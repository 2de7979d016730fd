"""Jobs take turns, the worker stops when asked."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessions, build_sessions
from app.core.settings import Settings, WorkerSettings
from app.main import Resources
from app.services import system
from app.services.system import jobs
from app.worker.main import work
from app.worker.schedule import JOBS, Job, run_due


@pytest.fixture
def real(fresh_engine: AsyncEngine) -> Sessions:
    return build_sessions(fresh_engine)


@pytest.fixture
def living(real: Sessions, messages) -> Resources:
    settings = Settings(worker=WorkerSettings(poll_seconds=0.01))
    return Resources(settings=settings, sessions=real, readers=real, messages=messages, gateways={})


async def test_f32_a_turn_is_taken_once_by_however_many_workers(real: Sessions) -> None:
    runs: list[int] = []

    async def count() -> None:
        runs.append(1)

    took = await asyncio.gather(
        *(system.jobs.run_if_due(real, "count", 60, count) for _ in range(12))
    )
    assert (sum(took), len(runs)) == (1, 1)
    assert await system.jobs.run_if_due(real, "count", 60, count) is False
    async with real.begin() as session:
        await session.execute(text("UPDATE jobs SET due_at = now()"))
    assert await system.jobs.run_if_due(real, "count", 60, count) is True


async def test_a_lost_turn_is_taken_again_after_its_lease(
    real: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE_SECONDS", 0.5)
    ran: list[str] = []

    async def run(who: str) -> None:
        ran.append(who)

    async def vanish(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as killed:
        killed.setattr(jobs.JobRepository, "finish", vanish)
        with pytest.raises(ConnectionError):
            await jobs.run_if_due(real, "j", 60, lambda: run("killed"))
    assert await jobs.run_if_due(real, "j", 60, lambda: run("too early")) is False
    await asyncio.sleep(0.6)
    assert await jobs.run_if_due(real, "j", 60, lambda: run("next")) is True
    assert ran == ["killed", "next"]


async def test_a_turn_that_takes_longer_than_its_lease_stays_with_its_worker(
    real: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(jobs, "SIGN_SECONDS", 0.1)

    async def long() -> None:
        await asyncio.sleep(2)
        assert await jobs.run_if_due(real, "long", 60, long) is False

    assert await jobs.run_if_due(real, "long", 60, long) is True


async def test_a_turn_taken_for_lost_is_not_finished_for_its_successor(
    real: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE_SECONDS", 0.0)

    async def nothing() -> None:
        return None

    async def slow() -> None:
        await asyncio.sleep(0.01)
        monkeypatch.setattr(jobs, "LEASE_SECONDS", 60.0)
        assert await jobs.run_if_due(real, "j", 30, nothing) is True

    await jobs.run_if_due(real, "j", 3_000, slow)
    async with real() as session:
        left = text("SELECT extract(epoch FROM due_at - now()) FROM jobs WHERE name = 'j'")
        assert 0 < (await session.scalar(left) or 0) <= 30


async def test_a_failing_job_does_not_stop_the_others(living: Resources) -> None:
    ran: list[str] = []

    async def fail(_: Resources) -> None:
        raise RuntimeError

    async def note(_: Resources) -> None:
        ran.append("note")

    both = (Job("fail", 60, fail), Job("note", 60, note))
    assert await run_due(living, both) == 1
    assert ran == ["note"]
    assert await run_due(living, both) == 0
    async with living.sessions() as session:
        error = await session.scalar(text("SELECT last_error FROM jobs WHERE name = 'fail'"))
    assert error == "RuntimeError"


async def test_every_job_runs_on_an_empty_shop(living: Resources) -> None:
    assert await run_due(living, JOBS) == len(JOBS)
    assert len({job.name for job in JOBS}) == len(JOBS)


async def test_the_worker_finishes_what_it_began(living: Resources) -> None:
    stop, finished = asyncio.Event(), []

    async def slow(_: Resources) -> None:
        stop.set()
        await asyncio.sleep(0)
        finished.append(True)

    await asyncio.wait_for(work(living, jobs=(Job("slow", 60, slow),), stop=stop), 10)
    assert finished == [True]


async def test_partitions_are_made_ahead_once(real: Sessions) -> None:
    assert await system.partitions.ensure(real) == 12
    assert await system.partitions.ensure(real) == 0
    async with real() as session:
        names = await session.scalars(
            text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
        )
        assert len([name for name in names if name.startswith("outbox_p20")]) == 3


async def test_a_month_that_began_in_the_default_partition_stays_there(real: Sessions) -> None:
    async with real.begin() as session:
        await system.record(session, None, "tests.do", "thing", 1)
    assert await system.partitions.ensure(real) == 11
    async with real.begin() as session:
        await system.record(session, None, "tests.do", "thing", 2)


async def test_a_partition_of_the_log_refuses_changes_by_its_own_name(real: Sessions) -> None:
    await system.partitions.ensure(real)
    async with real.begin() as session:
        await system.record(session, None, "tests.do", "thing", 1)
        name = await session.scalar(text("SELECT tableoid::regclass::text FROM operation_log"))
    assert name.startswith("operation_log_p20")
    for statement in (f"DELETE FROM {name}", f"UPDATE {name} SET ip = 'x'", f"TRUNCATE {name}"):
        with pytest.raises(Exception, match="append-only"):
            async with real.begin() as session:
                await session.execute(text(statement))
