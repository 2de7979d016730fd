"""Facts are delivered at least once, in order per key, and nothing is skipped or blocked."""

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.events import Event
from app.core.ids import new_id
from app.core.settings import WorkerSettings
from app.services import system
from app.worker.dispatch import LONGEST_WAIT_SECONDS, deliver_all, deliver_one, wait_before

SETTINGS = WorkerSettings(max_attempts=8, batch=100)


@dataclass(frozen=True, kw_only=True)
class Happened(Event):
    name: ClassVar[str] = "tests.happened.v1"
    what: str
    about: UUID
    number: int

    @property
    def ordering_key(self) -> str:
        return f"thing:{self.what}"


def happened(what: str, number: int) -> Happened:
    return Happened(what=what, about=new_id(), number=number)


class Listener:
    """Notes what it hears; raises on the numbers it is told to."""

    def __init__(self, *failing: int) -> None:
        self.heard: list[tuple[str, int]] = []
        self.failing = set(failing)

    async def __call__(self, session: AsyncSession, payload: Any) -> None:
        if payload["number"] in self.failing:
            raise RuntimeError("password=hunter2")
        self.heard.append((payload["what"], payload["number"]))

    @property
    def table(self) -> dict[str, list["Listener"]]:
        return {Happened.name: [self]}


async def tell(sessions: Sessions, *events: Event) -> None:
    async with unit_of_work(sessions) as session:
        await system.publish(session, *events)


async def make_due(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        await session.execute(text("UPDATE outbox SET next_attempt_at = now()"))


async def rows(sessions: Sessions) -> list[Any]:
    async with sessions() as session:
        found = await session.execute(
            text(
                "SELECT state, attempts, last_error, next_attempt_at > now() "
                "FROM outbox ORDER BY seq"
            )
        )
        return [tuple(row) for row in found]


@pytest.fixture
def real(fresh_engine: AsyncEngine) -> Sessions:
    return build_sessions(fresh_engine)


async def test_facts_arrive_once_and_in_order(sessions: Sessions) -> None:
    listener = Listener()
    await tell(sessions, happened("a", 1), happened("a", 2))
    await tell(sessions, happened("a", 3))
    assert await deliver_all(sessions, SETTINGS, listener.table) == 3
    assert await deliver_all(sessions, SETTINGS, listener.table) == 0
    assert listener.heard == [("a", 1), ("a", 2), ("a", 3)]


async def test_a_fact_of_a_failed_change_is_never_told(sessions: Sessions) -> None:
    listener = Listener()
    async with sessions() as session:
        await system.publish(session, happened("a", 1))
        await session.rollback()
    assert await deliver_all(sessions, SETTINGS, listener.table) == 0


async def test_a_fact_nobody_listens_to_is_done(sessions: Sessions) -> None:
    await tell(sessions, happened("a", 1))
    assert await deliver_all(sessions, SETTINGS, {}) == 1
    assert (await rows(sessions))[0][0] == "delivered"


async def test_a_failing_handler_is_tried_again_later_and_holds_its_key_up(
    sessions: Sessions,
) -> None:
    listener = Listener(1)
    await tell(sessions, happened("a", 1), happened("a", 2), happened("b", 3))
    await deliver_all(sessions, SETTINGS, listener.table)
    assert listener.heard == [("b", 3)]
    state, attempts, error, is_put_off = (await rows(sessions))[0]
    assert (state, attempts, error, is_put_off) == ("pending", 1, "RuntimeError", True)
    listener.failing.clear()
    await make_due(sessions)
    await deliver_all(sessions, SETTINGS, listener.table)
    assert listener.heard == [("b", 3), ("a", 1), ("a", 2)]


async def test_a_try_that_fails_leaves_nothing_behind(real: Sessions) -> None:
    """What a handler wrote before it failed is gone, and the next try begins anew."""
    await tell(real, happened("a", 1))
    tries = 0

    async def fails_at_first(session: AsyncSession, payload: Any) -> None:
        nonlocal tries
        tries += 1
        await session.execute(text("INSERT INTO jobs (name, due_at) VALUES ('effect', now())"))
        if tries == 1:
            raise ValueError("not yet")

    table = {Happened.name: [fails_at_first]}
    await deliver_all(real, SETTINGS, table)
    async with unit_of_work(real) as session:
        assert await session.scalar(text("SELECT count(*) FROM jobs")) == 0
    await make_due(real)
    await deliver_all(real, SETTINGS, table)
    async with unit_of_work(real) as session:
        assert await session.scalar(text("SELECT count(*) FROM jobs")) == 1
    assert tries == 2


async def test_f19_a_poisonous_message_is_parked_and_the_queue_moves(sessions: Sessions) -> None:
    listener = Listener(1)
    await tell(sessions, happened("a", 1), happened("a", 2))
    for _ in range(SETTINGS.max_attempts):
        await deliver_all(sessions, SETTINGS, listener.table)
        await make_due(sessions)
    await deliver_all(sessions, SETTINGS, listener.table)
    assert [row[:2] for row in await rows(sessions)] == [("parked", 8), ("delivered", 1)]
    assert listener.heard == [("a", 2)]


async def test_f20_the_effect_and_the_mark_commit_together(real: Sessions) -> None:
    """A worker that dies after the effect leaves neither: the next one does both."""
    await tell(real, happened("a", 1))

    async def effect(session: AsyncSession, payload: Any) -> None:
        await session.execute(text("INSERT INTO jobs (name, due_at) VALUES ('effect', now())"))

    async def die(session: AsyncSession, payload: Any) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await deliver_one(real, SETTINGS, {Happened.name: [effect, die]})
    assert (await rows(real))[0][:2] == ("pending", 0)
    assert await deliver_one(real, SETTINGS, {Happened.name: [effect]})
    async with real() as session:
        assert await session.scalar(text("SELECT count(*) FROM jobs")) == 1


async def test_f21_a_lower_number_that_commits_later_is_not_skipped(real: Sessions) -> None:
    listener = Listener()
    async with unit_of_work(real) as slow:
        await system.publish(slow, happened("slow", 1))
        await tell(real, happened("fast", 2))
        assert await deliver_all(real, SETTINGS, listener.table) == 1
    assert await deliver_all(real, SETTINGS, listener.table) == 1
    assert listener.heard == [("fast", 2), ("slow", 1)]


async def test_many_workers_deliver_everything_once_and_in_order(real: Sessions) -> None:
    listener = Listener()
    for number in range(10):
        await tell(real, *(happened(what, number) for what in "abcde"))

    async def worker() -> None:
        idle = 0
        while idle < 20:
            idle = 0 if await deliver_one(real, SETTINGS, listener.table) else idle + 1

    await asyncio.gather(*(worker() for _ in range(6)))
    assert len(listener.heard) == 50
    for what in "abcde":
        assert [number for its, number in listener.heard if its == what] == list(range(10))


async def test_delivered_messages_are_forgotten_and_parked_ones_kept(session: AsyncSession) -> None:
    await system.publish(session, happened("a", 1), happened("b", 2), happened("c", 3))
    old = "now() - interval '15 days'"
    await session.execute(
        text(f"UPDATE outbox SET state = 'delivered', delivered_at = {old} WHERE seq % 3 = 0")
    )
    await session.execute(
        text(f"UPDATE outbox SET state = 'parked', delivered_at = {old} WHERE seq % 3 = 1")
    )
    assert await system.messages.forget_delivered(session, older_than_days=14) == 1


def test_waits_grow_and_are_spread() -> None:
    assert all(0.5 <= wait_before(1) <= 1 for _ in range(50))
    assert all(32 <= wait_before(7) <= 64 for _ in range(50))
    assert all(wait_before(30) <= LONGEST_WAIT_SECONDS for _ in range(50))
    assert len({wait_before(5) for _ in range(20)}) > 10
