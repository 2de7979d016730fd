"""Replays on real connections: nothing else is written, a batch counts once, cancelling works."""

import asyncio
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.db import build_sessions, unit_of_work
from app.core.ids import new_id
from app.core.settings import Settings, WorkerSettings
from app.main import Resources
from app.repositories.reports.replays import ReplayRepository
from app.services import reports
from app.services.reports.engine import replay as quote_twice
from app.worker.main import work
from app.worker.schedule import Job
from tests.factories.orders import place
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.reports.replaying import STAFF, contents, draft, start

step = sys.modules["app.services.reports.replay_step"]  # the door names its function so
OWN = {"replays", "replay_orders"}


@pytest.fixture
def real(fresh_engine):
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(real):
    """Four orders, one with a coupon, ten off each."""
    async with unit_of_work(real) as session:
        shop = await make_shop(session)
        await make_promotion(session, shop.merchant.id, total_uses=9, uses_per_member=9)
        paper = await make_promotion(
            session, shop.merchant.id, stage="coupon", needs_coupon=True, total_uses=9
        )
        coupon = await make_coupon(session, paper.id, member_id=shop.member.id)
    for codes in ((coupon.code,), (), (), ()):
        async with unit_of_work(real) as session:
            await place(session, shop.member.id, [(shop.sku_ids[0], 1)], coupon_codes=codes)
    return shop


async def to_the_end(sessions, readers, *, batch=100):
    while await reports.replay_step(sessions, readers, batch=batch):
        pass


async def view_of(sessions, replay_id):
    async with sessions() as session:
        return await reports.get_replay(session, replay_id)


async def test_nothing_but_the_replay_is_written(real, readers, shop):
    replay_id = await start(
        real, drafts=(draft(3_000, total_uses=2, uses_per_member=1, budget_minor=9_000),)
    )
    async with real() as session:
        before = await contents(session)
    await to_the_end(real, readers, batch=2)
    async with real() as session:
        after = await contents(session)
    assert {name for name in after if after[name] != before[name]} == OWN
    found = (await view_of(real, replay_id)).summary
    assert (found.orders, found.reproduced, found.changed) == (4, 4, 1)


async def test_orders_are_read_where_writing_is_refused(real, readers, shop, monkeypatch):
    """The reading part runs on connections on which any write would fail."""
    used = []
    reading = step._facts

    async def noted(reader, *args):
        used.append(await reader.scalar(text("SHOW default_transaction_read_only")))
        return await reading(reader, *args)

    monkeypatch.setattr(step, "_facts", noted)
    await start(real, drafts=(draft(3_000),))
    await to_the_end(real, readers)
    assert used == ["on"]


async def test_the_worker_does_it_beside_its_jobs(real, readers, shop, messages):
    resources = Resources(
        settings=Settings(worker=WorkerSettings(poll_seconds=0.01)),
        sessions=real,
        readers=readers,
        messages=messages,
        gateways={},
    )
    replay_id = await start(real, drafts=(draft(3_000),))
    stop = asyncio.Event()

    async def watch(_):
        if (await view_of(real, replay_id)).replay.state == "done":
            stop.set()

    await asyncio.wait_for(work(resources, jobs=[Job("watch", 0.01, watch)], stop=stop), 60)
    assert (await view_of(real, replay_id)).summary.changed == 4


async def test_progress_is_seen_and_cancelling_keeps_what_was_found(real, readers, shop):
    replay_id = await start(real, drafts=(draft(3_000),))
    view = await view_of(real, replay_id)
    assert (view.replay.state, view.replay.total, view.summary) == ("queued", None, None)
    for _ in range(3):  # one counts the orders
        await reports.replay_step(real, readers, batch=1)
    view = await view_of(real, replay_id)
    assert (view.replay.state, view.replay.done, view.replay.total) == ("running", 2, 4)
    for _ in range(2):
        async with unit_of_work(real) as session:
            await reports.cancel_replay(session, replay_id, actor=STAFF)
    assert await reports.replay_step(real, readers) is False
    view = await view_of(real, replay_id)
    assert (view.replay.state, view.replay.done, view.summary.orders) == ("cancelled", 2, 2)


async def test_what_is_cancelled_during_a_batch_keeps_nothing_of_it(
    real, readers, shop, monkeypatch
):
    replay_id = await start(real, drafts=(draft(3_000),))
    await reports.replay_step(real, readers)

    async def cancelled(*_):
        async with unit_of_work(real) as session:
            await reports.cancel_replay(session, replay_id, actor=STAFF)

    monkeypatch.setattr(step.asyncio, "sleep", cancelled)
    await reports.replay_step(real, readers)
    view = await view_of(real, replay_id)
    assert (view.replay.state, view.replay.done, view.summary) == ("cancelled", 0, None)
    async with real() as session:
        assert await session.scalar(text("SELECT count(*) FROM replay_orders")) == 0


async def test_a_batch_counts_once_whoever_lost_the_replay_meanwhile(real, readers, shop):
    """A worker that stood still past its lease finds that another has gone on."""
    replay_id = await start(real, drafts=(draft(3_000),))
    await reports.replay_step(real, readers)
    async with unit_of_work(real) as session:
        slow = await ReplayRepository(session).claim(lease_seconds=0)
    assert await reports.replay_step(real, readers, batch=4)
    async with unit_of_work(real) as session:
        is_kept = await ReplayRepository(session).save(
            slow.id,
            [],
            attempts=slow.attempts,
            seen=slow.done,
            done=4,
            position=None,
            result={"tally": {"orders": 99}, "names": {}},
        )
    assert not is_kept
    assert (await view_of(real, replay_id)).summary.orders == 4


async def test_workers_share_replays_and_never_one(real, readers, shop):
    ids = [await start(real, drafts=(draft(3_000),)) for _ in range(3)]
    await asyncio.gather(*(to_the_end(real, readers, batch=1) for _ in range(4)))
    await to_the_end(real, readers)
    for each in ids:
        view = await view_of(real, each)
        assert (view.replay.state, view.replay.done, view.summary.orders) == ("done", 4, 4)
        assert view.summary.payable.delta == -8_000


async def test_a_batch_that_nobody_finishes_ends_the_replay(real, readers, shop, monkeypatch):
    replay_id = await start(real, drafts=(draft(3_000),))
    await reports.replay_step(real, readers)

    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(step, "replay", broken)
    for _ in range(5):
        with pytest.raises(RuntimeError):
            await reports.replay_step(real, readers)
        async with unit_of_work(real) as session:
            await session.execute(text("UPDATE replays SET lease_until = now()"))
    await reports.replay_step(real, readers)
    view = await view_of(real, replay_id)
    assert (view.replay.state, view.replay.error) == ("failed", "A batch could not be finished")
    monkeypatch.setattr(step, "replay", quote_twice)
    await start(real, drafts=(draft(3_000),))


async def test_few_are_open_at_a_time_whoever_asks(real, shop):
    async def ask():
        try:
            return await start(real, drafts=(draft(3_000),))
        except reports.TooManyReplays:
            return None

    found = await asyncio.gather(*(ask() for _ in range(8)))
    assert 1 <= len([each for each in found if each]) <= 3
    while await ask():
        pass
    async with real() as session:
        held = await session.scalars(text("SELECT slot FROM replays ORDER BY slot"))
        assert list(held) == [1, 2, 3]
    with pytest.raises(IntegrityError, match="uq_replays_slot"):
        async with unit_of_work(real) as session:
            await session.execute(
                text(
                    "INSERT INTO replays (id, slot, requested_by, channel_id, currency, request)"
                    " SELECT :id, 1, 'x', channel_id, 'CNY', '{}' FROM replays LIMIT 1"
                ),
                {"id": new_id()},
            )


async def test_what_ended_long_ago_is_forgotten(real, readers, shop):
    replay_id = await start(real, drafts=(draft(3_000),))
    await to_the_end(real, readers)
    for days, left in ((1, 1), (0, 0)):
        async with unit_of_work(real) as session:
            await reports.forget_replays(session, older_than_days=days)
        async with real() as session:
            rows = await session.scalar(text("SELECT count(*) FROM replays"))
            assert rows == left, replay_id
            orders = await session.scalar(text("SELECT count(*) FROM replay_orders"))
            assert orders == 4 * left
