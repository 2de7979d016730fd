"""Paying by a link: what it shows, what it does, and when it is over."""

import re

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.schemas.orders.entry import BillOut, LinkPaymentOut
from tests.factories import staff as staff_factory
from tests.factories.orders import axes
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.desking import at_the_desk
from tests.integration.orders.refunding import BY_BALANCE, ok, refused


@pytest.fixture
async def agent(client, session):
    return await at_the_desk(client, session)


@pytest.fixture
def nobody(client):
    """Whoever has the link: without a token."""
    return Shopper(client, {})


@pytest.fixture
async def order(lin, shop):
    return await lin.order((shop.skus[0].id, 2), (shop.skus[1].id, 1))


async def link(agent, order, **body):
    return await ok(await agent.post(f"/admin/orders/{order['id']}/payment-links", body), 201)


async def open_it(nobody, made):
    return await nobody.post("/payment-links/open", {"token": made["token"]})


async def pay(nobody, made, *, key=None, **body):
    return await nobody.post("/payment-links/pay", {"token": made["token"]} | body, key=key)


async def test_whoever_has_it_sees_the_bill_and_nobodys_address(agent, nobody, order, session):
    made = await link(agent, order)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", made["token"])
    bill = await ok(await open_it(nobody, made))
    BillOut.model_validate(bill)
    assert (bill["number"], bill["due_minor"], bill["channels"]) == (
        order["number"],
        40_000,
        ["alipay"],
    )
    assert [(each["quantity"], each["net_minor"]) for each in bill["items"]] == [
        (2, 20_000),
        (1, 20_000),
    ]
    assert "Lin" not in str(bill)
    assert "address" not in bill
    kept = (await session.execute(text("SELECT * FROM payment_links"))).mappings().one()
    assert made["token"] not in str(dict(kept))
    told = await session.scalar(
        text("SELECT payload FROM outbox WHERE name = 'orders.payment_link_made.v1'")
    )
    assert made["token"] not in str(told)
    assert made["id"] in str(told)


async def test_it_pays_through_the_orders_own_attempts(agent, nobody, order, session, gateway):
    made = await link(agent, order)
    answer = await pay(nobody, made, key="k-1", channel="alipay", scene="wap")
    paid = await ok(answer)
    LinkPaymentOut.model_validate(paid)
    assert paid["due_minor"] == 40_000
    assert paid["attempt"]["action"] is not None
    again = await pay(nobody, made, key="k-1", channel="alipay", scene="wap")
    assert again.headers["idempotency-replayed"] == "true"
    same = await ok(await pay(nobody, made, key="k-2", channel="alipay", scene="wap"))
    assert same["attempt"]["id"] == paid["attempt"]["id"]
    counted = "SELECT count(*) FROM payment_attempts WHERE state IN ('created', 'pending')"
    assert await session.scalar(text(counted)) == 1
    assert await axes(session, order["id"]) == ("open", "awaiting", "unfulfilled")


async def test_d27_paid_cancelled_revoked_and_over_are_told_apart(
    agent, nobody, lin, order, session
):
    made = await link(agent, order)
    other = await link(agent, order)
    assert await refused(await open_it(nobody, made)) == (410, "payment-link-revoked")
    assert (await open_it(nobody, other)).status_code == 200
    await session.execute(text("UPDATE payment_links SET expires_at = now()"))
    await session.commit()
    assert await refused(await open_it(nobody, other)) == (410, "payment-link-expired")
    assert await refused(await pay(nobody, other)) == (410, "payment-link-expired")
    third = await link(agent, order)
    path = f"/admin/orders/{order['id']}/payment-links"
    for _ in range(2):
        assert (await agent.send("DELETE", path)).status_code == 204
    assert await refused(await pay(nobody, third)) == (410, "payment-link-revoked")
    fourth = await link(agent, order)
    listed = (await ok(await agent.get(path)))["items"]
    assert [each["revoked_at"] is None for each in listed] == [True, False, False, False]
    assert listed[0]["made_by"].startswith("admin:")
    await ok(await lin.post(f"/orders/{order['id']}/cancel"))
    assert await refused(await open_it(nobody, fourth)) == (409, "not-awaiting-payment")
    again = await agent.post(path, {})
    assert await refused(again) == (409, "not-awaiting-payment")


async def test_a_paid_order_says_so(agent, nobody, lin, shop, purse, session):
    paid = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    path = f"/admin/orders/{paid['id']}/payment-links"
    assert await refused(await agent.post(path, {})) == (409, "already-paid")


async def test_it_lasts_no_longer_than_the_order_waits(agent, order):
    made = await link(agent, order, seconds=30 * 86_400)
    assert made["expires_at"] == order["expires_at"]
    assert (await link(agent, order, seconds=60))["expires_at"] < order["expires_at"]


async def test_guesses(nobody, order):
    guess = {"token": "A" * 43}
    assert await refused(await nobody.post("/payment-links/open", guess)) == (404, "not-found")
    assert await refused(await nobody.post("/payment-links/pay", guess)) == (404, "not-found")
    short = await nobody.post("/payment-links/open", {"token": "A"})
    assert await refused(short) == (422, "invalid-request")


async def test_it_is_no_door_to_anything_else(agent, nobody, order):
    """The token is neither a bearer token nor an order's id."""
    made = await link(agent, order)
    bearer = Shopper(nobody.client, {"Authorization": f"Bearer {made['token']}"})
    assert (await bearer.get(f"/orders/{order['id']}")).status_code == 401
    assert (await nobody.get(f"/orders/{order['id']}")).status_code == 401


async def test_who_may_make_one(client, session, order):
    member = await staff_factory.make_staff(session, scopes=[Scope.ORDERS_READ])
    reader = Shopper(client, await staff_factory.bearer(session, member))
    await session.commit()
    answer = await reader.post(f"/admin/orders/{order['id']}/payment-links", {})
    assert await refused(answer) == (403, "insufficient-scope")
