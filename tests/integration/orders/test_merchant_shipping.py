"""A merchant's own freight and labels, through its own system."""

import pytest
from sqlalchemy import text

from app.adapters.sandbox.carrier import SandboxCarrier
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.main import Resources
from app.schemas.orders.carriers import LabelOut, RatesOut
from tests.factories import merchants as merchant_factory
from tests.factories.catalog import make_sku, make_spu
from tests.factories.delivery import HERE
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import ADDRESS
from tests.factories.pricing import put_price
from tests.integration.orders.conftest import BY_GATEWAY, Shopper
from tests.integration.orders.refunding import BY_BALANCE, ok, refused

TEMPLATE = {
    "name": "Ours",
    "method": "standard",
    "basis": "pieces",
    "currency": "CNY",
    "zones": [HERE],
}


@pytest.fixture
def resources(settings, sessions, messages, gateway, engine) -> Resources:
    return Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=messages,
        gateways={"alipay": gateway},
        carriers={"sandbox": SandboxCarrier(settings, engine=engine)},
    )


async def seller_of(client, session, merchant, *scopes):
    scopes = scopes or (Scope.ORDERS_READ, Scope.ORDERS_WRITE)
    key = await merchant_factory.make_api_key(session, merchant.id, scopes=list(scopes))
    await session.commit()
    return Shopper(client, merchant_factory.bearer(key))


@pytest.fixture
async def theirs(session, shop):
    merchant = await merchant_factory.make_merchant(session)
    warehouse = await make_warehouse(session, merchant.id)
    spu = await make_spu(session, merchant_id=merchant.id, category_id=shop.category.id)
    sku = await make_sku(session, spu=spu)
    await put_price(session, shop.price_list.id, sku.id, 1_000)
    await put_stock(session, sku.id, warehouse.id, 9)
    await session.commit()
    return merchant, warehouse, sku


async def test_each_merchant_keeps_its_freight_and_the_split_tells_it(
    client, session, lin, shop, theirs
):
    merchant, warehouse, sku = theirs
    seller = await seller_of(client, session, merchant)
    platform = await seller_of(client, session, shop.merchant)
    made = await ok(await seller.send("POST", "/merchant/freight-templates", TEMPLATE), 201)
    assert made["merchant_id"] == str(merchant.id)
    path = f"/merchant/freight-templates/{made['id']}"
    assert await ok(await seller.get(path)) == made
    listed = await ok(await seller.get("/merchant/freight-templates"))
    assert [each["id"] for each in listed["items"]] == [made["id"]]
    # Nobody else's, and nothing for others.
    assert (await platform.get(path)).status_code == 404
    assert (await ok(await platform.get("/merchant/freight-templates")))["items"] == []
    body = {"name": "Dearer", "basis": "pieces", "zones": [HERE | {"first_minor": 900}]}
    match = {"If-Match": '"1"'}
    stolen = await client.put(f"/api/v1{path}", headers=platform.headers | match, json=body)
    assert await refused(stolen) == (404, "not-found")
    named = await seller.send(
        "POST", "/merchant/freight-templates", TEMPLATE | {"merchant_id": str(shop.merchant.id)}
    )
    assert await refused(named) == (422, "invalid-request")
    strange = TEMPLATE | {"warehouse_id": str(shop.warehouse.id)}
    answer = await seller.send("POST", "/merchant/freight-templates", strange)
    assert await refused(answer) == (422, "invalid-reference")
    reads = await seller_of(client, session, merchant, Scope.ORDERS_READ)
    answer = await reads.send("POST", "/merchant/freight-templates", TEMPLATE)
    assert await refused(answer) == (403, "insufficient-scope")
    edited = await client.put(f"/api/v1{path}", headers=seller.headers | match, json=body)
    assert (await ok(edited))["version"] == 2
    own = TEMPLATE | {"zones": [HERE | {"first_minor": 500}]}
    await ok(await platform.send("POST", "/merchant/freight-templates", own), 201)
    own = TEMPLATE | {"warehouse_id": str(warehouse.id), "method": "express"}
    await ok(await seller.send("POST", "/merchant/freight-templates", own), 201)
    cart_id = await lin.cart_of((shop.skus[0].id, 1), (sku.id, 1))
    asked = {"address": ADDRESS, "tenders": BY_GATEWAY}
    told = await ok(await lin.post(f"/carts/{cart_id}/quote", asked))
    assert {each["merchant_id"]: each["fee_minor"] for each in told["delivery"]["parcels"]} == {
        str(shop.merchant.id): 500,
        str(merchant.id): 900,
    }
    assert told["quote"]["totals"]["shipping_minor"] == 1_400


@pytest.fixture
async def part(client, session, lin, shop, purse):
    """The platform's fulfilment of an order, its system, and somebody else's."""
    await session.execute(
        text(
            "INSERT INTO carriers (id, code, name, name_zh, adapter)"
            " VALUES (gen_random_uuid(), 'box', 'Box', '盒', 'sandbox')"
        )
    )
    await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    seller = await seller_of(client, session, shop.merchant)
    stranger = await seller_of(client, session, await merchant_factory.make_merchant(session))
    (found,) = (await ok(await seller.get("/merchant/fulfilments")))["items"]
    return found, seller, stranger


async def test_a_merchant_has_the_labels_of_its_own_parcels_made(part):
    found, seller, stranger = part
    path = f"/merchant/fulfilments/{found['id']}"
    rates = await ok(await seller.post(f"{path}/rates", {"weight_grams": 800}))
    assert RatesOut.model_validate(rates).items
    packed = await ok(await seller.post(f"{path}/parcels", {"carrier_code": "box"}), 201)
    parcel = f"/merchant/shipments/{packed['id']}"
    label = await ok(await seller.post(f"{parcel}/label"))
    LabelOut.model_validate(label)
    again = await ok(await seller.post(f"{parcel}/label"))
    assert (label["state"], again["request_number"]) == ("made", label["request_number"])
    printed = await seller.get(f"{parcel}/label-document")
    assert printed.content.startswith(b"%PDF")
    listed = await ok(await seller.get(f"{parcel}/labels"))
    assert [each["id"] for each in listed["items"]] == [label["id"]]
    for answer in (
        await stranger.post(f"{path}/rates", {"weight_grams": 800}),
        await stranger.post(f"{path}/parcels", {"carrier_code": "box"}),
        await stranger.post(f"{parcel}/label"),
        await stranger.get(f"{parcel}/label-document"),
        await stranger.get(f"{parcel}/labels"),
        await stranger.post(f"{parcel}/hand-over"),
        await stranger.post(f"{parcel}/void"),
        await seller.post(f"/merchant/shipments/{new_id()}/label"),
    ):
        assert await refused(answer) == (404, "not-found")
    left = await ok(await seller.post(f"{parcel}/hand-over"))
    assert (left["state"], left["tracking_number"]) == ("shipped", label["tracking_number"])
    late = await seller.post(f"{parcel}/void")
    assert late.status_code == 409


async def test_a_merchant_unpacks_what_has_not_left(part):
    found, seller, _ = part
    path = f"/merchant/fulfilments/{found['id']}/parcels"
    packed = await ok(await seller.post(path, {"carrier_code": "box"}), 201)
    voided = await ok(await seller.post(f"/merchant/shipments/{packed['id']}/void"))
    assert voided["state"] == "void"
    answer = await seller.post(f"/merchant/shipments/{packed['id']}/label")
    assert answer.status_code == 409


async def test_a_merchant_finds_parts_and_parcels_of_an_order_that_left(part):
    found, seller, stranger = part
    path = f"/merchant/fulfilments/{found['id']}"
    sent = await seller.post(f"{path}/ship", {"carrier_code": "box", "tracking_number": "BOX-0001"})
    parcel = await ok(sent, 201)
    order = {"order_id": found["order_id"]}

    async def listed(reader, what, **params):
        page = await ok(await reader.get(f"/merchant/{what}", **params))
        return [each["id"] for each in page["items"]]

    assert await listed(seller, "fulfilments") == []
    for params, is_there in (
        (order, True),
        ({"status": "shipped"}, True),
        ({"status": "unfulfilled"}, False),
        ({"order_id": str(new_id())}, False),
        ({"status": "shipped", "warehouse_id": str(new_id())}, False),
    ):
        assert await listed(seller, "fulfilments", **params) == [found["id"]] * is_there
        assert await listed(stranger, "fulfilments", **params) == []
    for params, is_there in (
        (order, True),
        ({"state": "shipped"}, True),
        ({"state": "delivered"}, False),
        ({"tracking_number": "BOX-0001"}, True),
        ({"tracking_number": "BOX-0002"}, False),
    ):
        assert await listed(seller, "shipments", **params) == [parcel["id"]] * is_there
        assert await listed(stranger, "shipments", **params) == []
