"""The database dies, falls silent, loses answers and holds locks while orders are placed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessions, build_engine, build_sessions, unit_of_work
from app.core.ids import random_code
from app.core.settings import DatabaseSettings
from app.main import Resources
from app.services import orders, payments
from app.services.system import idempotency
from tests.app import application, http_client
from tests.conftest import patient
from tests.factories.members import bearer
from tests.factories.orders import world
from tests.factories.payments import TERMS, give_balance
from tests.factories.shop import make_shop
from tests.fakes.link import COMMIT, link_to
from tests.integration.orders.conftest import Shopper
from tests.waiting import start_and_wait


@pytest.fixture
async def beside(fresh_engine) -> Sessions:
    """Sessions no fault reaches."""
    return build_sessions(fresh_engine)


@pytest.fixture
async def counter(beside):
    """A shop, and the headers of somebody there."""
    async with unit_of_work(beside) as session:
        shop = await make_shop(session)
        headers = await bearer(session, shop.member)
    return shop, headers


@pytest.fixture
def open_at(settings, messages, gateway, counter, beside) -> Callable[[AsyncEngine], Any]:
    """The application over an engine, and its shopper there."""

    @asynccontextmanager
    async def opened(engine: AsyncEngine) -> AsyncIterator[Shopper]:
        sessions = build_sessions(engine)
        resources = Resources(
            settings=settings,
            sessions=sessions,
            readers=beside,
            messages=messages,
            gateways={"alipay": gateway},
        )
        try:
            async with http_client(application(resources)) as client:
                yield Shopper(client, counter[1])
        finally:
            await engine.dispose()

    return opened


async def work(beside, gateway) -> None:
    """What the worker does about what was left half done."""
    owner, gateways = orders.PLAN_OWNER, {"alipay": gateway}
    await payments.janitor(beside, gateways, owner, limit=50, terms=TERMS)


async def scalars(beside, statement) -> list[Any]:
    async with unit_of_work(beside) as session:
        return list((await session.execute(text(statement))).scalars())


async def is_placed_once(beside) -> bool:
    """One order, one piece held for it, one attempt to pay it."""
    placed = await scalars(beside, "SELECT id FROM orders")
    held = await scalars(beside, "SELECT reserved FROM stock WHERE reserved > 0")
    attempts = await scalars(beside, "SELECT count(*) FROM payment_attempts")
    return (len(placed), held, attempts) == (1, [1], [1])


def is_unavailable(answer) -> bool:
    known = (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")
    return known and int(answer.headers["retry-after"]) >= 1


class Tripwire:
    """Ends the connection on which statement `at` is about to be sent, once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.at: int | None = None
        self.seen = 0
        event.listen(engine.sync_engine, "before_cursor_execute", self._step)

    def arm(self, at: int) -> None:
        self.at, self.seen = at, 0

    def _step(self, connection: Any, *_: object) -> None:
        self.seen += 1
        if self.seen == self.at:
            self.at = None
            connection.connection.driver_connection.terminate()


async def asked_until_done(ask, wire, expected: int) -> int:
    """Ask with a connection that dies before each statement in turn; how many times it died."""
    for at in range(1, 200):
        wire.arm(at)
        answer = await ask()
        if wire.at is not None:
            assert answer.status_code == expected, answer.text
            return at - 1
        if answer.status_code != expected:
            assert is_unavailable(answer), f"before statement {at}: {answer.text}"
    raise AssertionError("it never ends")


async def test_f8_a_connection_may_die_before_any_statement(
    fresh_url, open_at, counter, beside, gateway
):
    """Placing, cancelling: whatever was asked again with its key was done once in the end."""
    shop, _ = counter
    engine = build_engine(patient(fresh_url))
    wire = Tripwire(engine)
    async with open_at(engine) as lin:
        async with unit_of_work(beside) as session:
            before = await world(session)
        body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
        key = random_code(20)
        died = await asked_until_done(lambda: lin.post("/orders", body, key=key), wire, 201)
        assert died >= 10
        assert await is_placed_once(beside)
        order_id = (await lin.post("/orders", body, key=key)).json()["id"]
        path, key = f"/orders/{order_id}/cancel", random_code(20)
        reason = {"reason": "changed my mind"}
        died = await asked_until_done(lambda: lin.post(path, reason, key=key), wire, 200)
        assert died >= 5
    await work(beside, gateway)
    async with unit_of_work(beside) as session:
        assert await world(session) == before


async def test_f8_what_is_done_and_the_answer_to_its_key_are_kept_together(
    fresh_url, open_at, counter, beside, monkeypatch
):
    """Dying between the two leaves neither, so the same key does it."""
    shop, _ = counter
    async with unit_of_work(beside) as session:
        await give_balance(session, shop.member.id, 1_000_000)
    async with open_at(build_engine(patient(fresh_url))) as lin:
        placed = await lin.order((shop.skus[0].id, 1), tenders=[{"kind": "balance"}])
        path, body = f"/orders/{placed['id']}/refunds", {"reason_code": "changed_mind"}
        key = random_code(20)

        async def dies(*_: object, **__: object) -> None:
            raise ConnectionResetError

        with monkeypatch.context() as dying:
            dying.setattr(idempotency, "store", dies)
            assert is_unavailable(await lin.post(path, body, key=key))
        assert await scalars(beside, "SELECT count(*) FROM refunds") == [0]
        again = await lin.post(path, body, key=key)
        assert again.status_code == 201, again.text
        assert await scalars(beside, "SELECT count(*) FROM refunds") == [1]


@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_f9_a_lost_commit_is_asked_for_again(fresh_url, open_at, counter, beside, lost):
    """Nobody knows whether it was done: 503, and the same key finds out."""
    shop, _ = counter
    async with link_to(fresh_url) as link, open_at(build_engine(patient(link.url))) as lin:
        body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
        key = random_code(20)
        setattr(link, f"loses_{lost}", COMMIT)
        answer = await lin.post("/orders", body, key=key)
        assert link.lost == 1
        assert is_unavailable(answer), answer.text
        again = await lin.post("/orders", body, key=key)
        assert again.status_code == 201, again.text
        is_replayed = again.headers.get("idempotency-replayed") == "true"
        assert is_replayed == (lost == "answer")
        placed = await scalars(beside, "SELECT id FROM orders")
        assert [str(each) for each in placed] == [again.json()["id"]]
        assert await scalars(beside, "SELECT reserved FROM stock WHERE reserved > 0") == [1]


async def test_f10_a_silent_database_is_given_up_and_comes_back(
    fresh_url, open_at, counter, beside
):
    """The client's own clock ends the wait; what is opened afterwards works."""
    shop, _ = counter
    async with link_to(fresh_url) as link:
        slow = patient(link.url).model_copy(update={"command_timeout_seconds": 1})
        async with open_at(build_engine(slow, pool_size=2)) as lin:
            body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
            key = random_code(20)
            link.fall_silent()
            async with asyncio.timeout(20):
                assert is_unavailable(await lin.post("/orders", body, key=key))
                for _ in range(4):
                    answer = await lin.post("/orders", body, key=key)
                    if answer.status_code == 201:
                        break
            assert answer.status_code == 201, answer.text
            assert await is_placed_once(beside)


async def test_f11_a_slow_way_in_slices_makes_no_error(fresh_url, open_at, counter, beside):
    shop, _ = counter
    async with link_to(fresh_url) as link, open_at(build_engine(patient(link.url))) as lin:
        link.slice_bytes, link.delay_seconds = 4_000, 0.002
        cart_id = await lin.cart_of((shop.skus[0].id, 1))
        link.slice_bytes = 701
        placed = await lin.post("/orders", await lin.agreed(cart_id))
        assert placed.status_code == 201, placed.text
        assert await is_placed_once(beside)


async def test_f6_a_database_that_ends_every_connection_is_found_again(
    fresh_url, open_at, counter, beside
):
    """What lay in the pool is dead: 503 at most once for each, then everything works."""
    shop, _ = counter
    async with open_at(build_engine(patient(fresh_url), pool_size=3)) as lin:
        body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
        key = random_code(20)
        await scalars(
            beside,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        answers = []
        for _ in range(5):
            answers.append(await lin.post("/orders", body, key=key))
            if answers[-1].status_code == 201:
                break
        assert answers[-1].status_code == 201, answers[-1].text
        assert all(is_unavailable(each) for each in answers[:-1])
        assert await is_placed_once(beside)


async def test_f12_who_is_chosen_to_end_a_deadlock_may_ask_again(
    fresh_url, open_at, counter, beside, gateway
):
    """Somebody takes stock and then the order, the wrong way round."""
    shop, _ = counter
    async with open_at(build_engine(patient(fresh_url))) as lin:
        placed = await lin.order((shop.skus[0].id, 1))
        path, key = f"/orders/{placed['id']}/cancel", random_code(20)
        async with unit_of_work(beside) as other:
            await other.execute(text("SET LOCAL deadlock_timeout = '60s'"))
            await other.execute(text("SELECT FROM stock FOR UPDATE"))
            asking = lin.post(path, {"reason": "x"}, key=key)
            cancelling = await start_and_wait(beside, asking)
            await other.execute(text("SELECT FROM orders FOR UPDATE"))
        answer = await cancelling
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/contention")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await lin.post(path, {"reason": "x"}, key=key)).status_code == 200
        await work(beside, gateway)
        assert await scalars(beside, "SELECT reserved FROM stock WHERE reserved > 0") == []


async def test_f14_a_lock_that_is_held_long_is_not_waited_for(fresh_url, open_at, counter, beside):
    shop, _ = counter
    hasty = patient(fresh_url).model_copy(update={"lock_timeout_ms": 200})
    async with open_at(build_engine(hasty)) as lin:
        placed = await lin.order((shop.skus[0].id, 1))
        path, key = f"/orders/{placed['id']}/cancel", random_code(20)
        async with unit_of_work(beside) as other:
            await other.execute(text("SELECT FROM orders FOR UPDATE"))
            answer = await lin.post(path, {"reason": "x"}, key=key)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/busy")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await lin.post(path, {"reason": "x"}, key=key)).status_code == 200


async def test_f15_who_stays_idle_in_a_transaction_keeps_no_lock(fresh_url, counter, beside):
    """The server ends what nobody goes on with, and statements that take too long."""
    limits = {"idle_in_transaction_timeout_ms": 200, "statement_timeout_ms": 300}
    engine = build_engine(patient(fresh_url).model_copy(update=limits))
    session = build_sessions(engine)()
    await session.execute(text("SELECT FROM stock FOR UPDATE"))
    async with asyncio.timeout(20):
        await scalars(beside, "SELECT 1 FROM stock FOR UPDATE")
    with pytest.raises(DBAPIError):
        await session.execute(text("SELECT 1"))
    await session.close()
    session = build_sessions(engine)()
    with pytest.raises(DBAPIError, match="statement timeout"):
        await session.execute(text("SELECT pg_sleep(20)"))
    await session.close()
    await engine.dispose()
    usual = DatabaseSettings(url=fresh_url)
    assert 0 < usual.statement_timeout_ms <= 10_000
    assert 0 < usual.idle_in_transaction_timeout_ms <= 20_000
    assert 0 < usual.lock_timeout_ms <= 5_000
