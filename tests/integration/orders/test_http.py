"""Orders over HTTP: placing, reading, paying, cancelling, and who may not."""

import pytest
from sqlalchemy import text

from app.schemas.cart.quotes import CartQuoteOut
from app.schemas.orders import OrderCardOut, OrderOut, PaymentPlanOut, PlacedOrderOut
from tests.factories.members import bearer, make_address, make_member
from tests.factories.orders import ADDRESS
from tests.integration.orders.conftest import BY_GATEWAY, Shopper


@pytest.fixture
async def stranger(client, session):
    member = await make_member(session)
    headers = await bearer(session, member)
    await session.commit()
    return Shopper(client, headers)


async def test_a_quote_previews_the_order_and_changes_nothing(lin, shop, session):
    cart_id = await lin.cart_of((shop.skus[0].id, 2))
    version = "SELECT version FROM carts"
    before = await session.scalar(text(version))
    answer = await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS, "tenders": BY_GATEWAY})
    assert answer.status_code == 200
    CartQuoteOut.model_validate_json(answer.content)
    body = answer.json()
    assert body["quote"]["totals"]["payable_minor"] == 20_000
    assert body["quote_hash"] == body["quote"]["quote_hash"]
    assert body["payment"]["tenders"] == [
        {
            "kind": "gateway",
            "amount_minor": 20_000,
            "gift_card_id": None,
            "points": None,
            "exchange_points": 0,
            "channel": "alipay",
            "instalments": None,
            "fee_bearer": None,
            "plans": [],
        }
    ]
    assert await session.scalar(text(version)) == before
    assert await session.scalar(text("SELECT count(*) FROM orders")) == 0


async def test_placing_answers_how_to_pay(lin, shop, gateway):
    placed = await lin.order((shop.skus[0].id, 1))
    PlacedOrderOut.model_validate(placed)
    payment = placed["payment"]
    assert (payment["state"], payment["due_minor"]) == ("awaiting", 10_000)
    number = gateway.calls[0][1]
    assert payment["attempt"]["action"] == {
        "kind": "redirect",
        "url": f"https://pay.test/{number}",
    }
    assert gateway.inside == []


async def test_an_order_shows_everything_that_hangs_on_it(lin, shop):
    placed = await lin.order((shop.skus[0].id, 2), note="Ring twice", invoice=None)
    answer = await lin.get(f"/orders/{placed['id']}")
    assert answer.status_code == 200
    OrderOut.model_validate_json(answer.content)
    order = answer.json()
    assert (order["number"], order["note"]) == (placed["number"], "Ring twice")
    assert order["totals"]["payable_minor"] == 20_000
    assert order["address"] == ADDRESS
    (line,) = order["lines"]
    assert (line["quantity"], line["net_minor"]) == (2, 20_000)
    assert sum(each["count"] for each in line["units"]) == 2
    assert line["options"] == {"sku": shop.skus[0].options, "wishes": {}}
    (fulfilment,) = order["fulfilments"]
    assert fulfilment["lines"] == [
        {
            "order_line_id": line["id"],
            "sku_id": line["sku_id"],
            "quantity": 2,
            "cancelled": 0,
            "shipped": 0,
        }
    ]
    assert [each["kind"] for each in order["timeline"]] == ["placed"]
    assert order["payment"]["attempts"][0]["action"]["kind"] == "redirect"
    assert order["quote"]["quote_hash"] == order["quote_hash"]


async def test_a_list_pages_through_ones_own_orders(lin, stranger, shop):
    numbers = [(await lin.order((shop.skus[0].id, 1)))["number"] for _ in range(3)]
    await stranger.order((shop.skus[1].id, 1))
    first = (await lin.get("/orders", limit=2)).json()
    rest = (await lin.get("/orders", limit=2, after=first["next_after"])).json()
    for each in first["items"]:
        OrderCardOut.model_validate(each)
    shown = [each["number"] for each in first["items"] + rest["items"]]
    assert shown == numbers[::-1]
    assert rest["next_after"] is None


async def test_a1_the_order_of_somebody_else_is_not_found(lin, stranger, shop):
    """A1 on every route with an order's id, and the same body as for none at all."""
    placed = await lin.order((shop.skus[0].id, 1))
    for order_id in (placed["id"], "01890000-0000-7000-8000-000000000000"):
        answers = [
            await stranger.get(f"/orders/{order_id}"),
            await stranger.post(f"/orders/{order_id}/cancel"),
            await stranger.post(f"/orders/{order_id}/payments"),
        ]
        for answer in answers:
            assert (answer.status_code, answer.json()["title"]) == (404, "Not found")
    assert (await lin.get(f"/orders/{placed['id']}")).json()["state"] == "open"


async def test_a4_nobody_reads_orders_without_a_token(client, lin, shop):
    """A4: an order is reached with its owner's token only."""
    placed = await lin.order((shop.skus[0].id, 1))
    for path in ("/orders", f"/orders/{placed['id']}"):
        assert (await client.get(f"/api/v1{path}")).status_code == 401


async def test_a2_the_address_book_is_ones_own(lin, stranger, shop, session):
    """A2: an address id of B in the body of A is an unknown one, when quoting and ordering."""
    theirs = await make_address(session, shop.member.id)
    await session.commit()
    body = await stranger.agreed(await stranger.cart_of((shop.skus[0].id, 1)))
    del body["address"]
    body["address_id"] = str(theirs.id)
    assert (await stranger.post("/orders", body)).status_code == 422
    quoted = {key: body[key] for key in ("address_id", "tenders")}
    answer = await stranger.post(f"/carts/{body['cart_id']}/quote", quoted)
    assert (answer.status_code, answer.json()["field"]) == (422, "address_id")
    placed = await lin.order((shop.skus[0].id, 1), address=None, address_id=str(theirs.id))
    order = (await lin.get(f"/orders/{placed['id']}")).json()
    assert order["address"]["street"] == theirs.street


@pytest.mark.parametrize(
    "more",
    [
        {"payable_minor": 1},
        {"status": "paid"},
        {"discount_minor": 9_999},
        {"tenders": [{"kind": "balance", "amount_minor": 1}]},
        {"tenders": [{"kind": "balance", "max_minor": -500}]},
        {"tenders": [{"kind": "gift_card"}]},
        {"tenders": [{"kind": "barter"}]},
        {"delivery": {"kind": "standard", "fee_minor": 0}},
        {"address": None},
        {"invoice": {"kind": "company", "title": "A company"}},
    ],
)
async def test_m3_m11_the_server_alone_knows_what_it_costs(lin, shop, more):
    """M3 and M11: prices, totals and states are not taken from a body; nor are odd tenders."""
    body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
    answer = await lin.post("/orders", body | more)
    assert answer.status_code == 422, answer.text


async def test_m13_a_changed_price_answers_both_quotes(lin, shop, session):
    """M13 over HTTP: a problem with what was agreed and what it is now."""
    body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
    await session.execute(text("UPDATE prices SET price_minor = price_minor + 1"))
    await session.commit()
    answer = await lin.post("/orders", body)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "/problems/price-changed")
    assert problem["agreed"]["payable_minor"] == 10_000
    assert problem["quote"]["totals"]["payable_minor"] == 10_001
    again = await lin.post("/orders", body | {"quote_hash": problem["quote"]["quote_hash"]})
    assert again.status_code == 201


async def test_paying_again_uses_the_open_attempt(lin, shop, gateway):
    placed = await lin.order((shop.skus[0].id, 1))
    answer = await lin.post(f"/orders/{placed['id']}/payments")
    assert answer.status_code == 200
    assert answer.json()["attempt"]["id"] == placed["payment"]["attempt"]["id"]
    assert [name for name, _ in gateway.calls] == ["create"]


async def test_f24_a_silent_gateway_does_not_lose_the_order(lin, shop, gateway):
    """The order stands without an action; asking again brings it."""
    gateway.broken.add("create")
    body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
    first = await lin.post("/orders", body, key="again")
    assert (first.status_code, first.json()["payment"]["attempt"]["action"]) == (201, None)
    gateway.broken.clear()
    second = await lin.post("/orders", body, key="again")
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json()["payment"]["attempt"]["action"]["kind"] == "redirect"
    assert second.json()["id"] == first.json()["id"]


async def test_a_client_says_where_it_runs_and_who_pays(lin, shop, gateway):
    payer = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
    tender = {"kind": "gateway", "channel": "alipay", "scene": "mini_program", "payer_id": payer}
    placed = await lin.order((shop.skus[0].id, 1), tenders=[tender])
    (asked,) = gateway.asked.values()
    assert (asked.scene, asked.payer_id, asked.client_ip) == ("mini_program", payer, "127.0.0.1")
    assert asked.subject == f"Stoa {placed['number']}"
    path = f"/orders/{placed['id']}/payments"
    by_code = await lin.post(path, {"scene": "qr"})
    PaymentPlanOut.model_validate_json(by_code.content)
    assert by_code.json()["attempt"]["id"] != placed["payment"]["attempt"]["id"]
    nameless = await lin.post(path, {"scene": "jsapi"})
    assert (nameless.status_code, nameless.json()["type"]) == (422, "/problems/payer-missing")
    assert (await lin.post(path, {"payer_id": payer})).status_code == 422
    assert (await lin.post(path, {"scene": "telepathy"})).status_code == 422


async def test_cancelling_answers_the_order_as_it_is(lin, shop, gateway):
    placed = await lin.order((shop.skus[0].id, 1))
    first = await lin.post(f"/orders/{placed['id']}/cancel", {"reason": "Too slow"})
    assert first.status_code == 200
    order = first.json()
    assert (order["state"], order["payment_status"]) == ("cancelled", "closed")
    assert order["cancel_reason"] == "Too slow"
    assert order["payment"]["attempts"][0]["action"] is None
    again = await lin.post(f"/orders/{placed['id']}/cancel")
    assert again.json() == order
    late = await lin.post(f"/orders/{placed['id']}/payments")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/not-awaiting-payment")
