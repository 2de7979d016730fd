"""Ordering from a flash session: who gets the last piece, and what the others are told."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.db import Sessions, build_sessions, unit_of_work
from app.main import Resources
from tests.app import application, http_client
from tests.factories.counters import OrderCounter
from tests.factories.members import bearer, make_member
from tests.factories.pricing import make_flash_session
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper
from tests.statements import Statements


async def buyer(client, session):
    headers = await bearer(session, await make_member(session))
    await session.commit()
    return Shopper(client, headers)


async def wish(shopper, sku_id, flash, quantity=1):
    """The body of an order at the price the session shows now."""
    cart_id = await shopper.cart_of((sku_id, quantity))
    return await shopper.agreed(cart_id) | {"flash_session_id": str(flash.id)}


def told(answer):
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


@pytest.fixture
async def flash(session, shop):
    """Two pieces of the first SKU, one for each member."""
    row = await make_flash_session(session, shop.sku_ids[0], quota=2, per_member=1)
    await session.commit()
    return row


async def test_the_last_piece_is_held_then_sold_out_then_back(client, session, shop, flash, lin):
    tea = shop.sku_ids[0]
    first, second, late = lin, await buyer(client, session), await buyer(client, session)
    wishes = [await wish(each, tea, flash) for each in (first, second, late)]
    orders = [
        (await first.post("/orders", wishes[0], key="first")).json(),
        (await second.post("/orders", wishes[1])).json(),
    ]
    assert [each["payable_minor"] for each in orders] == [6_000, 6_000]
    held = await late.post("/orders", wishes[2])
    assert told(held) == (409, "flash-held")
    assert held.json()["rows"] == [{"sku_id": str(tea), "left": 0}]
    assert 890 <= int(held.headers["retry-after"]) <= 900
    for each in orders:
        await session.execute(
            text("UPDATE price_uses SET held_until = NULL WHERE order_id = :id"), {"id": each["id"]}
        )
    await session.commit()
    assert told(await late.post("/orders", wishes[2])) == (409, "flash-sold-out")
    again = await first.post("/orders", wishes[0], key="first")
    assert (again.status_code, again.json()["id"]) == (201, orders[0]["id"])
    assert again.headers["idempotency-replayed"] == "true"
    await second.post(f"/orders/{orders[1]['id']}/cancel")
    assert (await late.post("/orders", wishes[2])).status_code == 201


async def test_payment_settles_what_was_held(sessions, session, shop, flash):
    counter = OrderCounter(sessions)
    placed = await counter.place(shop.member.id, [(shop.sku_ids[0], 1)])
    held = "SELECT held_until IS NOT NULL FROM price_uses"
    assert await session.scalar(text(held))
    assert await counter.pay(placed) == "paid"
    assert not await session.scalar(text(held))


async def test_a_refusal_costs_one_reading_and_no_lock(client, session, shop, flash, lin, engine):
    tea = shop.sku_ids[0]
    late = await buyer(client, session)
    body = await wish(late, tea, flash)
    await session.execute(
        text("UPDATE prices SET sold = 2 WHERE price_list_id = :id"), {"id": flash.id}
    )
    await session.commit()
    with Statements(engine) as statements:
        assert told(await late.post("/orders", body)) == (409, "flash-sold-out")
    assert statements.count <= 2
    assert not any("FOR UPDATE" in each for each in statements.sent)


async def test_a_member_has_what_one_may_have(session, shop, flash, lin):
    tea = shop.sku_ids[0]
    assert (await lin.post("/orders", await wish(lin, tea, flash))).status_code == 201
    more = await wish(lin, tea, flash)
    answer = await lin.post("/orders", more)
    assert told(answer) == (409, "purchase-limit-reached")
    assert answer.json()["rows"] == [{"sku_id": str(tea), "limit": 1, "left": 0}]


async def test_a_session_that_is_not_on_says_so(session, shop, flash, lin):
    body = await wish(lin, shop.sku_ids[0], flash)
    change = text(
        "UPDATE price_lists SET is_active = :on, starts_at = now() + :wait WHERE id = :id"
    )
    for is_active, state in ((False, "stopped"), (True, "scheduled")):
        values = {"on": is_active, "wait": timedelta(seconds=60), "id": flash.id}
        await session.execute(change, values)
        await session.commit()
        answer = await lin.post("/orders", body)
        assert told(answer) == (409, "flash-closed")
        assert answer.json()["state"] == state
        assert ("retry-after" in answer.headers) == (state == "scheduled")


async def test_only_goods_of_a_session_are_ordered_from_it(shop, flash, lin):
    body = await wish(lin, shop.sku_ids[1], flash)
    assert told(await lin.post("/orders", body)) == (422, "invalid-reference")
    other = body | {"flash_session_id": str(uuid4())}
    assert told(await lin.post("/orders", other)) == (422, "invalid-reference")
    assert (await lin.post("/orders", body | {"flash_session_id": None})).status_code == 201


async def test_without_naming_the_session_one_is_shown_the_next_price(session, shop, flash, lin):
    body = await wish(lin, shop.sku_ids[0], flash) | {"flash_session_id": None}
    await session.execute(
        text("UPDATE prices SET sold = 2 WHERE price_list_id = :id"), {"id": flash.id}
    )
    await session.commit()
    assert told(await lin.post("/orders", body)) == (409, "price-changed")


async def test_what_is_not_paid_in_time_goes_to_the_next(sessions, session, shop, flash, lin):
    tea = shop.sku_ids[0]
    counter = OrderCounter(sessions)
    body = await wish(lin, tea, flash)
    for _ in range(2):
        buyer_id = (await make_member(session)).id
        await counter.place(buyer_id, [(tea, 1)])
    assert told(await lin.post("/orders", body)) == (409, "flash-held")
    await session.execute(text("UPDATE orders SET expires_at = now() - interval '1 second'"))
    await session.commit()
    assert await counter.expire() == 2
    assert (await lin.post("/orders", body)).status_code == 201


@dataclass
class Crowd:
    """Buyers who saw the same price, at one application or shared out between two."""

    sessions: Sessions
    buyers: list[tuple[Shopper, dict[str, Any]]]

    async def order(self, **named: Any) -> list[httpx.Response]:
        return await asyncio.gather(
            *(each.post("/orders", body | named) for each, body in self.buyers)
        )

    async def scalar(self, statement: str) -> Any:
        async with self.sessions() as session:
            return await session.scalar(text(statement))


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
async def crowd(request, fresh_engine, settings, messages, gateway):
    """Twenty-four buyers for three pieces; processes share the database and nothing else."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=20)
        flash = await make_flash_session(session, shop.sku_ids[0], quota=3, per_member=1)
        headers = [await bearer(session, await make_member(session)) for _ in range(24)]
    async with AsyncExitStack() as running:
        clients = [
            await running.enter_async_context(
                http_client(
                    application(
                        Resources(
                            settings=settings,
                            sessions=sessions,
                            readers=sessions,
                            messages=messages,
                            gateways={"alipay": gateway},
                        )
                    )
                )
            )
            for _ in range(request.param)
        ]
        shoppers = [Shopper(clients[i % len(clients)], each) for i, each in enumerate(headers)]
        bodies = [await wish(each, shop.sku_ids[0], flash) for each in shoppers]
        yield Crowd(sessions, list(zip(shoppers, bodies, strict=True)))


@pytest.mark.parametrize("names_it", [True, False])
async def test_s1_a_crowd_gets_every_piece_and_not_one_more(crowd, names_it):
    """S1 over HTTP, on real connections, with and without admission."""
    answers = await crowd.order(**({} if names_it else {"flash_session_id": None}))
    outcomes = [each.status_code for each in answers]
    assert outcomes.count(201) == 3
    refused = [each for each in answers if each.status_code != 201]
    reasons = {told(each)[1] for each in refused}
    if names_it:
        assert reasons == {"flash-held"}
        assert all("retry-after" in each.headers for each in refused)
    else:
        assert reasons <= {"price-changed", "price-quota-exhausted"}
    assert await crowd.scalar("SELECT sum(sold) FROM prices WHERE quota = 3") == 3
    assert await crowd.scalar("SELECT sum(reserved) FROM stock") == 3
    assert await crowd.scalar("SELECT count(*) FROM orders") == 3


async def test_whoever_dies_inside_takes_nothing_along(crowd):
    """Three are let in and die while they wait for the goods; the pieces go to others."""
    async with crowd.sessions.begin() as holding:
        await holding.execute(text("SELECT FROM stock FOR UPDATE"))
        ordering = asyncio.create_task(crowd.order())
        killed = 0
        async with asyncio.timeout(20):
            while not killed:
                killed = await crowd.scalar(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
    answers = await ordering
    outcomes = [each.status_code for each in answers]
    assert outcomes.count(503) == killed
    assert outcomes.count(201) == 3
    assert await crowd.scalar("SELECT sum(sold) FROM prices WHERE quota = 3") == 3
    assert await crowd.scalar("SELECT sum(reserved) FROM stock") == 3


async def test_an_order_that_stands_is_never_answered_overloaded(lin, shop, gateway):
    """No connection is free to start its payment: the order is told, the payment started later."""
    body = await lin.agreed(await lin.cart_of((shop.sku_ids[1], 1)))

    def crowded():
        raise PoolTimeout

    at_ease, gateway.step = gateway.step, crowded
    placed = await lin.post("/orders", body, key="k")
    assert placed.status_code == 201
    assert placed.json()["payment"]["attempt"]["action"] is None
    gateway.step = at_ease
    again = await lin.post("/orders", body, key="k")
    assert again.json()["id"] == placed.json()["id"]
    assert again.json()["payment"]["attempt"]["action"] is not None
