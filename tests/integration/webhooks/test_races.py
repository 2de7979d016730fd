"""Workers and merchants at once, on real connections."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from app.adapters.egress import GuardedClient
from app.core.db import unit_of_work
from app.core.security.egress import LOOPBACK, Egress
from app.core.settings import DatabaseSettings, Settings, WorkerSettings
from app.core.webhook_settings import WebhookSettings
from app.main import Resources
from app.repositories.webhooks.attempts import AttemptRepository
from app.services import webhooks
from app.worker.posting import Post, send_webhooks
from tests.factories.merchants import make_merchant
from tests.factories.webhooks import PEPPER, delivery, make_endpoint, tell
from tests.fakes.receiver import receiving
from tests.integration.webhooks.conftest import SETTINGS
from tests.waiting import start_and_wait

HELD = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
)
SOONER = text("""
    UPDATE webhook_deliveries SET next_attempt_at = next_attempt_at - interval '1 hour'
    WHERE event_id = :event_id
""")


class Noting:
    """Counts calls."""

    def __init__(self) -> None:
        self.posted: list[str] = []

    async def post(self, url, headers, body) -> int:
        self.posted.append(headers["webhook-id"])
        return 204

    async def aclose(self) -> None: ...


async def lone(real, *, url="https://hooks.example.com/", events=1, about="product:1"):
    async with unit_of_work(real) as session:
        merchant = await make_merchant(session)
        endpoint = await make_endpoint(session, merchant.id, url=url)
        ids = [await tell(session, merchant.id, about=about) for _ in range(events)]
    return merchant, endpoint, ids


async def test_two_workers_send_a_delivery_once(real):
    _, _, (event_id,) = await lone(real)
    port = Noting()

    async def worker() -> None:
        for each in await webhooks.claim(real, SETTINGS, room=8, failing=0):
            await webhooks.deliver(real, port, PEPPER, each)

    await asyncio.gather(*(worker() for _ in range(12)))
    assert port.posted == [str(event_id)]


async def test_workers_together_keep_to_what_an_endpoint_may_have_under_way(real):
    async with unit_of_work(real) as session:
        merchant = await make_merchant(session)
        await make_endpoint(session, merchant.id)
        for number in range(30):
            await tell(session, merchant.id, about=f"product:{number}")
    found = await asyncio.gather(
        *(webhooks.claim(real, SETTINGS, room=8, failing=0) for _ in range(12))
    )
    claimed = [each.event_id for some in found for each in some]
    assert len(set(claimed)) == len(claimed) == SETTINGS.per_endpoint


async def test_a_worker_counts_what_another_is_about_to_take(real):
    merchant, _, _ = await lone(real, events=SETTINGS.per_endpoint, about="product:1")
    async with real() as first:
        taking = AttemptRepository(first)
        assert await taking.claim(room=8, failing_room=0, each=1, lease_seconds=60)
        async with unit_of_work(real) as session:
            sooner = await tell(session, merchant.id, about="product:2")
            await session.execute(SOONER, {"event_id": sooner})
        one_each = SETTINGS.model_copy(update={"per_endpoint": 1})
        assert await webhooks.claim(real, one_each, room=8, failing=0) == []
        await first.commit()


async def test_what_is_called_is_called_outside_transactions(real):
    await lone(real)
    held: list[int] = []

    class Looking(Noting):
        async def post(self, url, headers, body) -> int:
            async with real() as session:
                held.append(await session.scalar(HELD))
            return 204

    (claimed,) = await webhooks.claim(real, SETTINGS, room=8, failing=0)
    await webhooks.deliver(real, Looking(), PEPPER, claimed)
    assert held == [0]


async def test_f20_a_worker_that_died_is_followed_by_another(real):
    """Its lease runs out; what it may have sent is sent again under the same id."""
    _, _, (event_id,) = await lone(real)
    (lost,) = await webhooks.claim(real, SETTINGS, room=8, failing=0)
    assert await webhooks.claim(real, SETTINGS, room=8, failing=0) == []
    async with unit_of_work(real) as session:
        await session.execute(
            text("UPDATE webhook_deliveries SET next_attempt_at = now(), leased_until = now()")
        )
    (again,) = await webhooks.claim(real, SETTINGS, room=8, failing=0)
    assert (lost.event_id, again.event_id) == (event_id, event_id)
    assert webhooks.body_of(lost) == webhooks.body_of(again)


async def test_a_late_failure_does_not_undo_what_another_attempt_reached(real):
    _, endpoint, (event_id,) = await lone(real)
    (slow,) = await webhooks.claim(real, SETTINGS, room=8, failing=0)
    async with unit_of_work(real) as session:
        await session.execute(
            text("UPDATE webhook_deliveries SET next_attempt_at = now(), leased_until = now()")
        )
    (quick,) = await webhooks.claim(real, SETTINGS, room=8, failing=0)

    class Failing(Noting):
        async def post(self, url, headers, body) -> int:
            return 500

    await webhooks.deliver(real, Failing(), PEPPER, slow)
    async with unit_of_work(real) as session:
        told = await delivery(session, event_id)
        await session.refresh(await session.merge(endpoint))
        assert (told["state"], told["error"]) == ("pending", None)
    await webhooks.deliver(real, Noting(), PEPPER, quick)
    await webhooks.deliver(real, Failing(), PEPPER, quick)
    async with unit_of_work(real) as session:
        assert (await delivery(session, event_id))["state"] == "delivered"
        failing = await session.scalar(text("SELECT failing_since FROM webhook_endpoints"))
        assert failing is None


async def test_f21_positions_become_visible_in_their_order(real):
    """Who adds an event waits for who added the one before, so that a reader skips none."""
    merchant, _, _ = await lone(real, events=0)

    async def add() -> None:
        async with unit_of_work(real) as session:
            await tell(session, merchant.id, kind="order.paid")

    async with unit_of_work(real) as session:
        await tell(session, merchant.id, kind="order.paid")
        second = await start_and_wait(real, add())
    await second
    async with unit_of_work(real) as session:
        found = await session.execute(text("SELECT position FROM webhook_events ORDER BY 1"))
        assert [row.position for row in found] == [1, 2]


@pytest.fixture
async def living(real, messages) -> AsyncIterator[Resources]:
    port = GuardedClient(Egress(LOOPBACK), timeout_seconds=15, parallel=8)
    settings = Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        worker=WorkerSettings(poll_seconds=0.02),
        webhooks=WebhookSettings(parallel=8),
    )
    yield Resources(
        settings=settings,
        sessions=real,
        readers=real,
        messages=messages,
        gateways={},
        webhooks=port,
    )
    await port.aclose()


async def test_f22_a_slow_endpoint_delays_no_other(real, living):
    """And has never more under way than it may; a worker that stops finishes what it began."""
    async with receiving() as slow, receiving() as quick:
        release, arrived = asyncio.Event(), asyncio.Event()
        slow.answers = [release.wait] * 40

        async def tell_last() -> None:
            if len(quick.received) == 20:
                arrived.set()

        quick.answers = [tell_last] * 20
        async with unit_of_work(real) as session:
            for receiver, count in ((slow, 40), (quick, 20)):
                merchant = await make_merchant(session)
                await make_endpoint(session, merchant.id, url=receiver.url)
                for number in range(count):
                    await tell(session, merchant.id, about=f"product:{number}")
        stop = asyncio.Event()
        worker = asyncio.create_task(send_webhooks(living, stop))
        async with asyncio.timeout(30):
            await arrived.wait()
        assert slow.most_under_way == slow.under_way == SETTINGS.per_endpoint
        stop.set()
        release.set()
        await worker
        async with unit_of_work(real) as session:
            states = await session.execute(
                text("SELECT state, count(*) FROM webhook_deliveries GROUP BY 1")
            )
            counted = {row.state: row.count for row in states}
        assert counted["delivered"] == 20 + len(slow.received)
        leased = "SELECT count(*) FROM webhook_deliveries WHERE leased_until IS NOT NULL"
        async with unit_of_work(real) as session:
            assert await session.scalar(text(leased)) == 0


async def test_a_delivery_that_cannot_be_recorded_stops_no_other(real, living, monkeypatch):
    await lone(real)

    async def fail(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(webhooks, "deliver", fail)
    post = Post(living, living.webhooks)
    assert await post.take() == 1
    await post.drain()
