"""Orders come from the warehouses that cost least, and say why."""

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.services import cart, inventory
from tests.factories import staff as staff_factory
from tests.factories.cart import make_cart
from tests.factories.delivery import make_template
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import ADDRESS, place, shopper
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper
from tests.statements import Statements


async def sent_from(session, order_id):
    """Warehouses and reasons of an order's fulfilments."""
    statement = text("SELECT warehouse_id, route FROM fulfilments WHERE order_id = :id ORDER BY id")
    return [tuple(row) for row in await session.execute(statement, {"id": order_id})]


async def buy(session, shop, *lines):
    return await sent_from(session, (await place(session, shop.member.id, lines)).id)


async def test_near_goes_before_first_and_the_reason_is_kept(session):
    shop = await make_shop(session)
    near = await make_warehouse(session, shop.merchant.id, priority=900, region_code="310115")
    await put_stock(session, shop.skus[0].id, near.id, 2)
    ((chosen, why),) = await buy(session, shop, (shop.skus[0].id, 2))
    assert chosen == near.id
    assert why == {
        "warehouse": near.code,
        "steps": 1,
        "counts": {
            "split_minor": 1_000,
            "distance_minor": 200,
            "priority_minor": 0,
            "handling_minor": 0,
            "freight_minor": 0,
            "pieces_minor": 0,
        },
        "order": {
            "cost_minor": 1_200,
            "gap_minor": 0,
            "policy_version": 0,
            "passed_over": [{"warehouse": shop.warehouse.code, "cost_minor": 1_600}],
        },
    }
    ((left, _),) = await buy(session, shop, (shop.skus[0].id, 1))
    assert left == shop.warehouse.id


async def test_what_a_channel_weighs_decides_with_freight_and_handling(session, lin, shop):
    near = await make_warehouse(session, shop.merchant.id, region_code="310101", handling_minor=50)
    far = await make_warehouse(
        session,
        shop.merchant.id,
        region_code="440106",
        service_regions=[{"regions": ["31"], "steps": 2}],
    )
    for each in (near, far):
        await put_stock(session, shop.skus[0].id, each.id, 5)
    await make_template(
        session, shop.merchant.id, warehouse_id=near.id, zone={"first_minor": 5_000}
    )
    await make_template(session, shop.merchant.id, zone={"first_minor": 500, "step_minor": 10})
    await session.commit()
    ((chosen, why),) = await buy(session, shop, (shop.skus[0].id, 2))
    assert (chosen, why["steps"]) == (far.id, 2)
    assert (why["counts"]["freight_minor"], why["counts"]["pieces_minor"]) == (500, 20)
    others = {each["warehouse"]: each["cost_minor"] for each in why["order"]["passed_over"]}
    assert others[near.code] == 1_000 + 50 + 5_000 + 2 * 200
    await session.execute(
        text(
            "INSERT INTO routing_policies (id, channel_id, split_minor, distance_minor,"
            " priority_minor, freight_bps) VALUES (:id, :channel_id, 0, 10000, 0, 0)"
        ),
        {"id": new_id(), "channel_id": shop.channel.id},
    )
    ((chosen, why),) = await buy(session, shop, (shop.skus[0].id, 2))
    assert (chosen, why["order"]["policy_version"], why["order"]["cost_minor"]) == (near.id, 1, 50)
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[0].id, 2))
    quoted = (await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})).json()
    assert [each["warehouse_id"] for each in quoted["delivery"]["parcels"]] == [str(near.id)]
    assert quoted["delivery"]["fee_minor"] == 5_200


async def test_the_fewest_parcels_and_one_statement_however_many_warehouses(session, engine):
    shop = await make_shop(session)
    for code in ("110101", "310115", "440106"):
        each = await make_warehouse(session, shop.merchant.id, region_code=code)
        await put_stock(session, shop.skus[0].id, each.id, 3)
    cart_id = await make_cart(session, shop.member.id, [(shop.skus[0].id, 16)])
    seen = await cart.snapshot(session, cart_id, shopper(shop.member.id))
    wanted = [inventory.Wanted(shop.skus[0].id, 16)]
    with Statements(engine) as sent:
        found = await cart.route_goods(session, seen, {"kind": "standard"}, ADDRESS, wanted)
    assert sent.count == 1, sent.sent
    assert sorted(each.quantity for each in found.allocations) == [3, 3, 10]


@pytest.fixture
async def desk(client, session):
    scopes = [Scope.INVENTORY_READ, Scope.INVENTORY_WRITE]
    member = await staff_factory.make_staff(session, scopes=scopes)
    headers = await staff_factory.bearer(session, member)
    await session.commit()
    return Shopper(client, headers)


async def test_policies_are_kept_under_a_version(desk, shop):
    said = {"split_minor": 500, "distance_minor": 100, "channel_id": str(shop.channel.id)}
    made = await desk.post("/admin/routing-policies", said)
    assert made.status_code == 201, made.text
    assert (made.headers["etag"], made.json()["freight_bps"]) == ('"1"', 10_000)
    again = await desk.post("/admin/routing-policies", said)
    assert (again.status_code, again.json()["field"]) == (409, "channel_id")
    nowhere = await desk.post("/admin/routing-policies", said | {"channel_id": str(new_id())})
    assert (nowhere.status_code, nowhere.json()["type"]) == (422, "/problems/invalid-reference")
    path = f"/admin/routing-policies/{made.json()['id']}"
    body = {"split_minor": 1, "distance_minor": 2, "priority_minor": 3, "freight_bps": 4}
    assert (await desk.send("PUT", path, body)).status_code == 428
    stale = Shopper(desk.client, desk.headers | {"If-Match": '"7"'})
    assert (await stale.send("PUT", path, body)).status_code == 412
    fresh = Shopper(desk.client, desk.headers | {"If-Match": '"1"'})
    edited = await fresh.send("PUT", path, body)
    assert (edited.status_code, edited.json()["version"]) == (200, 2)
    assert {name: edited.json()[name] for name in body} == body
    missing = await fresh.send("PUT", f"/admin/routing-policies/{new_id()}", body)
    assert missing.status_code == 404
    assert (await desk.get(path)).json() == edited.json()
    page = await desk.get("/admin/routing-policies")
    assert page.json()["items"] == [edited.json()]
    for wrong in ({"split_minor": -1}, {"freight_bps": 100_001}, {"tax": 1}):
        assert (await desk.post("/admin/routing-policies", said | wrong)).status_code == 422


async def test_a_warehouse_says_how_far_it_is(desk, shop):
    body = {
        "code": "WH-FAR",
        "merchant_id": str(shop.merchant.id),
        "name": "Far",
        "country": "CN",
        "region_code": "440106",
        "service_regions": [{"regions": ["31", "3205"], "steps": 1}],
        "handling_minor": 120,
    }
    made = await desk.post("/admin/warehouses", body)
    assert made.status_code == 201, made.text
    assert made.json()["service_regions"] == body["service_regions"]
    assert made.json()["handling_minor"] == 120
    for wrong in ([{"regions": ["3"], "steps": 1}], [{"regions": ["31"], "steps": 10}]):
        refused = await desk.post("/admin/warehouses", body | {"service_regions": wrong})
        assert refused.status_code == 422
