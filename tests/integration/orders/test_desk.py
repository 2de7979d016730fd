"""Orders by telephone: a cart for a member, prices with reasons and limits, and the order."""

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.schemas.orders import AdminOrderOut
from app.schemas.orders.entry import EntryCartOut
from tests.factories.order_invariants import check_orders
from tests.factories.orders import ADDRESS, axes, order_row
from tests.integration.orders.desking import SUPERVISOR, at_the_desk, call_of
from tests.integration.orders.refunding import ok, refused


@pytest.fixture
async def agent(client, session):
    return await at_the_desk(client, session)


@pytest.fixture
async def boss(client, session):
    return await at_the_desk(client, session, scopes=SUPERVISOR)


@pytest.fixture
async def call(agent, shop):
    return await call_of(agent, shop.member.id)


async def test_a_clerk_orders_for_a_member(session, shop, lin, agent, call):
    """Two pieces at 95.00 instead of 100.00: what a clerk may grant alone."""
    line_id = await call.put(shop.sku_ids[0], 2)
    assert (await call.agree(line_id, 9_500)).status_code == 204
    shown = await call.shown()
    EntryCartOut.model_validate(shown)
    assert shown["member_id"] == str(shop.member.id)
    (line,) = shown["lines"]
    assert line["agreed"]["price_minor"] == 9_500
    assert (line["agreed"]["reason"], line["agreed"]["needs_approval"]) == ("Scratched box", False)
    assert shown["quote"]["lines"][0]["units"][0]["price_kind"] == "agreed"
    placed = await ok(await call.place(), 201)
    assert (placed["payable_minor"], placed["payment"]["due_minor"]) == (19_000, 19_000)
    order = await ok(await lin.get(f"/orders/{placed['id']}"))
    assert (order["source"], order["lines"][0]["agreed"]["reason"]) == ("phone", "Scratched box")
    seen = await ok(await agent.get(f"/admin/orders/{placed['id']}"))
    AdminOrderOut.model_validate(seen)
    assert seen["timeline"][0]["actor"] == seen["lines"][0]["agreed"]["source"]
    assert seen["timeline"][0]["actor"].startswith("admin:")
    row = await order_row(session, placed["id"])
    assert (row["expires_at"] - row["created_at"]).total_seconds() > 80_000
    await check_orders(session)


async def test_the_cart_is_nobody_elses(shop, lin, agent, call):
    """The member does not find it, nor do staff find what the member fills."""
    await call.put(shop.sku_ids[0])
    own = await lin.cart_of((shop.sku_ids[1], 1))
    assert own != call.cart_id
    assert (await lin.get(f"/carts/{call.cart_id}")).status_code == 404
    assert (await agent.get(f"/admin/carts/{own}")).status_code == 404
    assert (await call_of(agent, shop.member.id)).cart_id == call.cart_id
    placed = await ok(await call.place(), 201)
    assert placed["payable_minor"] == 10_000
    assert (await ok(await lin.get(f"/carts/{own}")))["lines"] != []
    assert (await agent.get(f"/admin/carts/{call.cart_id}")).status_code == 404


async def test_beyond_their_limit_another_has_to_approve(session, shop, agent, boss, call):
    """20 % off: a clerk may grant 10 % alone, and no clerk approves."""
    line_id = await call.put(shop.sku_ids[0], 2)
    assert (await call.agree(line_id, 8_000)).status_code == 204
    (line,) = (await call.shown())["lines"]
    assert line["agreed"]["needs_approval"]
    stopped = await call.place()
    assert await refused(stopped) == (403, "second-person-needed")
    assert stopped.json()["lines"] == [line_id]
    assert await refused(await call.approve(line_id, agent)) == (403, "insufficient-scope")
    assert await refused(await call.approve(line_id, boss, 1)) == (412, "stale-version")
    assert (await call.approve(line_id, boss)).status_code == 204
    (line,) = (await call.shown())["lines"]
    assert not line["agreed"]["needs_approval"]
    assert line["agreed"]["approver"] != line["agreed"]["source"]
    placed = await ok(await call.place(), 201)
    shown = await ok(await agent.get(f"/admin/orders/{placed['id']}"))
    assert shown["lines"][0]["agreed"]["approver"] == line["agreed"]["approver"]
    await check_orders(session)


async def test_nobody_approves_of_themselves(shop, boss):
    """A supervisor may grant 30 % alone, and not half the price."""
    call = await call_of(boss, shop.member.id)
    line_id = await call.put(shop.sku_ids[0])
    assert (await call.agree(line_id, 7_000)).status_code == 204
    assert not (await call.shown())["lines"][0]["agreed"]["needs_approval"]
    assert (await call.agree(line_id, 5_000)).status_code == 204
    assert await refused(await call.approve(line_id, boss)) == (403, "second-person-needed")
    assert await refused(await call.place()) == (403, "second-person-needed")


async def test_what_was_approved_is_what_was_seen(shop, call, boss):
    """Another price and more pieces ask anew; fewer do not."""
    line_id = await call.put(shop.sku_ids[0], 2)
    await call.agree(line_id, 8_000)
    path = call.path(f"/lines/{line_id}")

    async def waits():
        return (await call.shown())["lines"][0]["agreed"]["needs_approval"]

    await call.approve(line_id, boss)
    await ok(await call.clerk.send("PATCH", path, {"quantity": 1}))
    assert not await waits()
    await ok(await call.clerk.send("PATCH", path, {"quantity": 3}))
    assert await waits()
    await call.approve(line_id, boss)
    await call.put(shop.sku_ids[0])
    assert await waits()
    await call.approve(line_id, boss)
    await call.agree(line_id, 8_000)
    assert await waits()
    assert (await call.clerk.send("DELETE", f"{path}/price")).status_code == 204
    assert (await call.shown())["lines"][0]["agreed"] is None
    assert await refused(await call.approve(line_id, boss)) == (404, "not-found")


async def test_floors_and_the_most_are_nobodys_to_break(session, shop, boss):
    call = await call_of(boss, shop.member.id)
    line_id = await call.put(shop.sku_ids[0])
    deep = await call.agree(line_id, 1_999)
    assert await refused(deep) == (409, "price-too-low")
    assert (deep.json()["off_bps"], deep.json()["most_bps"]) == (8_001, 8_000)
    await session.execute(
        text("INSERT INTO price_floors (sku_id, currency, floor_minor) VALUES (:id, 'CNY', 9000)"),
        {"id": shop.sku_ids[0]},
    )
    await session.commit()
    assert await refused(await call.agree(line_id, 8_999)) == (409, "below-floor")
    assert (await call.agree(line_id, 9_000)).status_code == 204
    assert (await call.shown())["lines"][0]["agreed"]["price_minor"] == 9_000


async def test_only_what_the_desk_may_spend(shop, call):
    """Points, cards and balance are the member's own to spend."""
    await call.put(shop.sku_ids[0])
    body = {"address": ADDRESS, "quote_hash": "x", "tenders": [{"kind": "balance"}]}
    answer = await call.clerk.post(call.path("/order"), body)
    assert await refused(answer) == (422, "invalid-request")


async def test_who_may_not_enter_orders(client, session, shop):
    reader = await at_the_desk(client, session, scopes=[Scope.ORDERS_READ, Scope.ORDERS_WRITE])
    answer = await reader.post("/admin/carts", {"member_id": str(shop.member.id)})
    assert await refused(answer) == (403, "insufficient-scope")


async def test_strangers(agent):
    answer = await agent.post("/admin/carts", {"member_id": str(new_id())})
    assert await refused(answer) == (422, "invalid-reference")
    assert (await agent.get(f"/admin/carts/{new_id()}")).status_code == 404


async def test_the_price_moves_under_the_call(session, shop, call):
    await call.put(shop.sku_ids[0])
    asked = {"address": ADDRESS}
    quoted = await ok(await call.clerk.post(call.path("/quote"), asked))
    await session.execute(text("UPDATE prices SET price_minor = price_minor + 1"))
    await session.commit()
    answer = await call.place(quote_hash=quoted["quote_hash"])
    assert await refused(answer) == (409, "price-changed")


async def test_two_clicks_are_one_order(session, shop, call):
    """With one key, and again with another."""
    await call.put(shop.sku_ids[0])
    quoted = await ok(await call.clerk.post(call.path("/quote"), {"address": ADDRESS}))
    seen = quoted["quote_hash"]
    first = await ok(await call.place(quote_hash=seen, key="k-1"), 201)
    assert (await ok(await call.place(quote_hash=seen, key="k-1"), 201))["id"] == first["id"]
    again = await call.place(quote_hash=seen, key="k-2")
    assert await refused(again) == (409, "cart-already-ordered")
    assert again.json()["order_id"] == first["id"]
    assert await session.scalar(text("SELECT count(*) FROM orders")) == 1
    assert await axes(session, first["id"]) == ("open", "awaiting", "unfulfilled")
