"""Ordering from a flash session: who gets the last piece, and what the others are told."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.db import build_sessions, unit_of_work
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


@pytest.fixture
async def crowd(fresh_engine, settings, messages, gateway):
    """An application over real connections, and twenty-four buyers who saw the same price."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=20)
        flash = await make_flash_session(session, shop.sku_ids[0], quota=3, per_member=1)
        headers = [await bearer(session, await make_member(session)) for _ in range(24)]
    resources = Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=messages,
        gateways={"alipay": gateway},
    )
    async with http_client(application(resources)) as client:
        shoppers = [Shopper(client, each) for each in headers]
        bodies = [await wish(each, shop.sku_ids[0], flash) for each in shoppers]
        yield sessions, shoppers, bodies


@pytest.mark.parametrize("names_it", [True, False])
async def test_a_crowd_gets_every_piece_and_not_one_more(crowd, names_it):
    """S1 over HTTP, on real connections, with and without admission."""
    sessions, shoppers, bodies = crowd
    named = {} if names_it else {"flash_session_id": None}
    answers = await asyncio.gather(
        *(each.post("/orders", body | named) for each, body in zip(shoppers, bodies, strict=True))
    )
    outcomes = [each.status_code for each in answers]
    assert outcomes.count(201) == 3
    reasons = {told(each)[1] for each in answers if each.status_code != 201}
    if names_it:
        assert reasons == {"flash-held"}
        assert all("retry-after" in each.headers for each in answers if each.status_code != 201)
    else:
        assert reasons <= {"price-changed", "price-quota-exhausted"}
    async with sessions() as session:
        assert await session.scalar(text("SELECT sum(sold) FROM prices WHERE quota = 3")) == 3
        assert await session.scalar(text("SELECT sum(reserved) FROM stock")) == 3
        assert await session.scalar(text("SELECT count(*) FROM orders")) == 3


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
