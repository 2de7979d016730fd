"""Shipping over HTTP: a clerk, a merchant's system and the shopper who waits."""

import pytest

from app.core.enums.scopes import Scope
from app.schemas.orders import MerchantOrderOut, OrderOut
from app.schemas.orders.shipping import FulfilmentTaskOut, ShipmentOut
from tests.factories import merchants as merchant_factory
from tests.factories import staff as staff_factory
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, ok, refused

SF = {"carrier_code": "sf", "tracking_number": "SF100200300", "cost_minor": 1_200}


@pytest.fixture
async def hand(client, session):
    """Somebody of the warehouse."""
    scopes = [Scope.FULFILMENT_READ, Scope.FULFILMENT_WRITE, Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    made = await staff_factory.make_staff(session, scopes=scopes)
    headers = await staff_factory.bearer(session, made)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def bought(session, lin, shop):
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    return await lin.order((shop.skus[0].id, 2), (shop.skus[1].id, 1), tenders=BY_BALANCE)


async def test_from_the_queue_to_the_door(hand, lin, bought):
    (part,) = (await ok(await hand.get("/admin/fulfilments")))["items"]
    FulfilmentTaskOut.model_validate(part)
    assert (part["order_number"], part["is_held"]) == (bought["number"], False)
    path = f"/admin/fulfilments/{part['id']}"
    assert (await hand.send("PUT", f"{path}/picking")).status_code == 204
    cancel = await lin.post(f"/orders/{bought['id']}/cancel")
    assert await refused(cancel) == (409, "being-picked")
    assert (await hand.send("DELETE", f"{path}/picking")).status_code == 204
    line = part["lines"][0]["order_line_id"]
    packed = await ok(
        await hand.post(
            f"{path}/parcels",
            {"carrier_code": "jd", "lines": [{"order_line_id": line, "quantity": 1}]},
        ),
        201,
    )
    ShipmentOut.model_validate(packed)
    edited = await hand.client.put(
        f"/api/v1/admin/shipments/{packed['id']}",
        headers=hand.headers | {"If-Match": f'"{packed["version"]}"'},
        json=SF,
    )
    assert (await ok(edited))["tracking_number"] == "SF100200300"
    left = await ok(await hand.post(f"/admin/shipments/{packed['id']}/hand-over"))
    assert left["state"] == "shipped"
    key = "ship-rest-1"
    for _ in range(2):
        rest = await ok(await hand.post(f"{path}/ship", {"carrier_code": "sf"}, key=key), 201)
    assert [each["quantity"] for each in rest["lines"]] == [1, 1]
    assert await refused(await hand.post(f"{path}/ship", {"carrier_code": "sf"})) == (
        409,
        "pieces-not-open",
    )
    found = await ok(await hand.get("/admin/shipments", tracking_number="SF100200300"))
    assert [each["number"] for each in found["items"]] == [left["number"]]
    for each in (left, rest):
        sighting = {"state": "delivered", "location": "Shanghai"}
        await ok(await hand.post(f"/admin/shipments/{each['id']}/tracking", sighting))
    received = await ok(await lin.post(f"/orders/{bought['id']}/confirm-receipt"))
    OrderOut.model_validate(received)
    assert received["fulfilment_status"] == "delivered"
    assert received["received_at"]
    assert [each["state"] for each in received["shipments"]] == ["delivered", "delivered"]
    assert "actor" not in received["shipments"][0]["events"][0]


async def test_what_is_held_stays_until_it_is_let_go(hand, bought):
    path = f"/admin/orders/{bought['id']}/holds"
    held = await ok(await hand.post(path, {"reason": "Buyer asked to wait"}), 201)
    (part,) = (await ok(await hand.get("/admin/fulfilments")))["items"]
    assert part["is_held"]
    refusal = await hand.post(f"/admin/fulfilments/{part['id']}/ship", {"carrier_code": "sf"})
    assert await refused(refusal) == (409, "order-held")
    for _ in range(2):
        lifted = await ok(await hand.post(f"{path}/{held['id']}/lift"))
        assert lifted["lifted_at"]
    assert [each["id"] for each in await ok(await hand.get(path))] == [held["id"]]
    await ok(await hand.post(f"/admin/fulfilments/{part['id']}/ship", {"carrier_code": "sf"}), 201)
    missing = await hand.post(f"{path}/{bought['id']}/lift")
    assert await refused(missing) == (404, "not-found")


async def test_a_parcel_that_came_back_is_taken_in(hand, bought):
    (part,) = (await ok(await hand.get("/admin/fulfilments", order_id=bought["id"])))["items"]
    path = f"/admin/fulfilments/{part['id']}"
    sent = await ok(await hand.post(f"{path}/ship", SF), 201)
    path = f"/admin/shipments/{sent['id']}"
    assert await refused(await hand.post(f"{path}/void")) == (409, "illegal-shipment-transition")
    await ok(await hand.post(f"{path}/tracking", {"state": "refused"}))
    back = await ok(await hand.post(f"{path}/take-in", {"is_resellable": True}))
    assert back["state"] == "returned"
    order = await ok(await hand.get(f"/admin/orders/{bought['id']}"))
    assert order["fulfilment_status"] == "returned"
    assert await ok(await hand.get(path)) == back


async def test_a_merchant_ships_its_part(client, session, bought, shop):
    key = await merchant_factory.make_api_key(
        session, shop.merchant.id, scopes=[Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    )
    other = await merchant_factory.make_merchant(session)
    strange = await merchant_factory.make_api_key(
        session, other.id, scopes=[Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    )
    await session.commit()
    system, stranger = (Shopper(client, merchant_factory.bearer(each)) for each in (key, strange))
    (part,) = (await ok(await system.get("/merchant/fulfilments")))["items"]
    assert (await ok(await stranger.get("/merchant/fulfilments")))["items"] == []
    path = f"/merchant/fulfilments/{part['id']}/ship"
    assert await refused(await stranger.post(path, SF)) == (404, "not-found")
    sent = await ok(await system.post(path, SF), 201)
    seen = f"/merchant/shipments/{sent['id']}"
    assert await refused(await stranger.get(seen)) == (404, "not-found")
    assert (await stranger.post(f"{seen}/tracking", {"state": "lost"})).status_code == 404
    told = await ok(await system.post(f"{seen}/tracking", {"state": "in_transit"}))
    assert [each["source"] for each in told["events"]] == ["merchant", "merchant"]
    assert len((await ok(await system.get("/merchant/shipments")))["items"]) == 1
    order = await ok(await system.get(f"/merchant/orders/{bought['id']}"))
    MerchantOrderOut.model_validate(order)
    assert [each["state"] for each in order["shipments"]] == ["in_transit"]


async def test_reading_is_no_permission_to_ship(client, session, bought):
    reader = await staff_factory.make_staff(session, scopes=[Scope.FULFILMENT_READ])
    headers = await staff_factory.bearer(session, reader)
    await session.commit()
    reads = Shopper(client, headers)
    (part,) = (await ok(await reads.get("/admin/fulfilments")))["items"]
    path = f"/admin/fulfilments/{part['id']}/ship"
    assert (await reads.post(path, SF)).status_code == 403
