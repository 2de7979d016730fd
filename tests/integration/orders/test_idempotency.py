"""M16 to M21 on the order endpoint."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.main import Resources
from app.repositories.system.idempotency import Claimed, IdempotencyRepository
from tests.app import application, http_client
from tests.factories.members import bearer, make_member
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper


async def count(session):
    return await session.scalar(text("SELECT count(*) FROM orders"))


@pytest.fixture
async def body(lin, shop):
    return await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))


async def test_m20_a_lost_reply_is_asked_for_again(lin, body, session):
    """M20 and C37: the same key gives the same order, marked as replayed, and nothing twice."""
    first = await lin.post("/orders", body, key="k-1")
    again = await lin.post("/orders", body, key="k-1")
    assert again.status_code == first.status_code == 201
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(session) == 1


async def test_m17_the_same_key_for_something_else_is_refused(lin, body, session):
    """M17: same key, other body."""
    await lin.post("/orders", body, key="k-1")
    answer = await lin.post("/orders", body | {"note": "another"}, key="k-1")
    assert (answer.status_code, answer.json()["type"]) == (
        422,
        "/problems/idempotency-key-reused",
    )


async def test_m18_a_key_belongs_to_one_caller_and_one_route(client, lin, body, shop, session):
    """M18: another member's key, or the same key on another route, is another key."""
    member = await make_member(session)
    other = Shopper(client, await bearer(session, member))
    await session.commit()
    placed = await lin.post("/orders", body, key="k-1")
    theirs = await other.agreed(await other.cart_of((shop.skus[1].id, 1)))
    assert (await other.post("/orders", theirs, key="k-1")).status_code == 201
    cancelled = await lin.post(f"/orders/{placed.json()['id']}/cancel", key="k-1")
    assert cancelled.json()["state"] == "cancelled"
    assert await count(session) == 2


async def test_m19_a_key_is_required_and_has_a_form(lin, client, body):
    """M19: missing is 400, odd is 422, on every route that moves money or goods."""
    paths = ["/orders"] + [
        f"/orders/01890000-0000-7000-8000-000000000000/{verb}" for verb in ("cancel", "payments")
    ]
    for path in paths:
        answer = await client.post(f"/api/v1{path}", headers=lin.headers, json=body)
        assert (answer.status_code, answer.json()["type"]) == (
            400,
            "/problems/idempotency-key-missing",
        )
        odd = await lin.post(path, body, key="x" * 257)
        assert odd.status_code == 422


async def test_a_refusal_is_not_kept(lin, body, session):
    await session.execute(text("UPDATE stock SET reserved = on_hand"))
    await session.commit()
    assert (await lin.post("/orders", body, key="k-1")).status_code == 409
    await session.execute(text("UPDATE stock SET reserved = 0"))
    await session.commit()
    assert (await lin.post("/orders", body, key="k-1")).status_code == 201


async def test_m21_after_the_key_is_forgotten_the_cart_still_blocks(lin, body, session):
    """M21: keys are pruned, one cart is one order."""
    await lin.post("/orders", body, key="k-1")
    await session.execute(text("DELETE FROM idempotent_requests"))
    await session.commit()
    answer = await lin.post("/orders", body, key="k-1")
    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "/problems/cart-already-ordered",
    )
    assert await count(session) == 1


async def sees_nothing(*_: object) -> Claimed:
    """What a claim sees of a repeat that commits while the claim is made."""
    return Claimed(is_locked=True, fingerprint=None, status=0, body=b"")


async def test_f9_a_repeat_that_meets_its_own_order_is_told_to_ask_again(lin, body, monkeypatch):
    """F9: not that the cart is ordered: who is told that takes the order for somebody else's."""
    first = await lin.post("/orders", body, key="k-1")
    monkeypatch.setattr(IdempotencyRepository, "claim", sees_nothing)
    late = await lin.post("/orders", body, key="k-1")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/idempotency-in-progress")
    assert late.headers["retry-after"] == "1"
    another = await lin.post("/orders", body, key="k-2")
    assert another.json()["type"] == "/problems/cart-already-ordered"
    monkeypatch.undo()
    again = await lin.post("/orders", body, key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())


async def test_m16_fifty_repeats_at_once_make_one_order(fresh_engine, settings, messages, gateway):
    """M16: one is executed; the others are told to wait, or get its answer."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        headers = await bearer(session, shop.member)
    resources = Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=messages,
        gateways={"alipay": gateway},
    )
    async with http_client(application(resources)) as client:
        lin = Shopper(client, headers)
        body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
        answers = await asyncio.gather(*(lin.post("/orders", body, key="fifty") for _ in range(50)))
    placed = [each.json()["id"] for each in answers if each.status_code == 201]
    others = [each for each in answers if each.status_code != 201]
    assert len(set(placed)) == 1
    for each in others:
        assert each.json()["type"] == "/problems/idempotency-in-progress"
        assert "retry-after" in each.headers
    async with unit_of_work(sessions) as session:
        assert await count(session) == 1
        assert await session.scalar(text("SELECT sum(reserved) FROM stock")) == 1
    numbers = {number for name, number in gateway.calls if name == "create"}
    assert len(numbers) == 1
