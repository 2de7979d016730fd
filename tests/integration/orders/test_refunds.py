"""Refunds of orders over HTTP: the same truth for shopper and clerk, then what it said happens."""

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from tests.factories import merchants as merchant_factory
from tests.factories.catalog import make_sku, make_spu
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.pricing import put_price
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, decide, lines_of, ok, refused, ship, wish


@pytest.fixture
async def bought(lin, shop, purse):
    """Two pieces at 100.00 and one at 200.00, paid by balance."""
    return await lin.order((shop.skus[0].id, 2), (shop.skus[1].id, 1), tenders=BY_BALANCE)


async def test_shopper_and_clerk_see_the_same_truth(lin, clerk, manager, shop, bought):
    tea, pot = (shop.skus[i].code for i in range(2))
    lines = await lines_of(lin, bought)
    mine = await ok(await lin.get(f"/orders/{bought['id']}/refundable"))
    theirs = await ok(await clerk.get(f"/admin/orders/{bought['id']}/refundable"))
    assert theirs.pop("alone_minor") == 50_000
    assert mine == theirs
    assert (mine["left_minor"], mine["refused"], mine["is_open_to_shopper"]) == (40_000, None, True)
    assert [each["left_minor"] for each in mine["lines"]] == [20_000, 20_000]
    assert mine["lines"][0]["units"] == [
        {
            "first_index": 0,
            "quantity": 2,
            "paid_minor": 10_000,
            "left_minor": 10_000,
            "is_returned": False,
            "by_tender": [10_000],
        }
    ]
    assert mine["everything"]["amount_minor"] == 40_000
    path = f"/admin/orders/{bought['id']}/refunds"
    body = wish(lines=[{"line_id": lines[tea], "quantity": 1}])
    seen = await ok(await clerk.post(f"{path}/preview", body))
    assert (seen["refund"]["amount_minor"], seen["waits"], seen["cancels"]) == (
        10_000,
        False,
        False,
    )
    made = await ok(await clerk.post(path, body), 201)
    assert (made["state"], made["amount_minor"]) == ("succeeded", 10_000)
    assert made["units"] == [{"line_id": lines[tea], "first_index": 0, "quantity": 1}]
    mine = await ok(await lin.get(f"/orders/{bought['id']}/refundable"))
    assert [each["returned"] for each in mine["lines"]] == [1, 0]
    assert [u["is_returned"] for u in mine["lines"][0]["units"]] == [True, False]
    assert [each["number"] for each in mine["refunds"]] == [made["number"]]
    too_many = wish(lines=[{"line_id": lines[tea], "quantity": 2}])
    assert await refused(await clerk.post(path, too_many)) == (409, "refund-exceeds")
    both = wish(
        lines=[{"line_id": lines[pot], "quantity": 1}, {"line_id": str(new_id()), "quantity": 1}]
    )
    assert (await clerk.post(path, both)).status_code == 422


async def test_numbers_and_keys_refund_once(clerk, lin, shop, bought):
    lines = await lines_of(lin, bought)
    path = f"/admin/orders/{bought['id']}/refunds"
    body = wish(lines=[{"line_id": lines[shop.skus[0].code], "quantity": 1}], number="RN-1")
    first = await ok(await clerk.post(path, body, key="k1"), 201)
    assert await ok(await clerk.post(path, body, key="k1"), 201) == first
    assert await ok(await clerk.post(path, body, key="k2"), 201) == first
    other = body | {"reason": "something else"}
    assert await refused(await clerk.post(path, other)) == (409, "refund-number-used")
    found = await ok(await clerk.get(f"/admin/orders/{bought['id']}/refundable"))
    assert found["left_minor"] == 30_000


@pytest.mark.parametrize(
    "body",
    [
        wish(),
        wish("amount"),
        wish("amount", amount_minor=0),
        wish("amount", amount_minor=-5),
        wish("everything", amount_minor=5),
        wish("shipping", shipping_minor=0),
        wish("units", lines=[{"line_id": "x", "quantity": 0}]),
        wish("chargeback"),
    ],
)
async def test_m23_what_makes_no_sense_is_refused(clerk, bought, body):
    answer = await clerk.post(f"/admin/orders/{bought['id']}/refunds", body)
    assert answer.status_code == 422, answer.text


async def test_m23_an_unpaid_order_gives_nothing_back(clerk, lin, shop):
    order = await lin.order((shop.skus[0].id, 1))
    path = f"/admin/orders/{order['id']}/refunds"
    body = wish("amount", amount_minor=1)
    assert await refused(await clerk.post(path, body)) == (409, "refund-refused")
    assert await refused(await lin.post(f"/orders/{order['id']}/refunds")) == (
        409,
        "refund-refused",
    )
    found = await ok(await lin.get(f"/orders/{order['id']}/refundable"))
    assert (found["refused"], found["everything"]) == ("refund-refused", None)


async def test_a42_goodwill_and_much_wait_for_a_second_person(clerk, manager, lin, shop, purse):
    order = await lin.order((shop.skus[1].id, 3), tenders=BY_BALANCE)
    path = f"/admin/orders/{order['id']}/refunds"
    goodwill = wish("amount", amount_minor=500, reason_code="goodwill")
    small = await ok(await clerk.post(path, goodwill), 201)
    lines = await lines_of(lin, order)
    lots = wish(lines=[{"line_id": lines[shop.skus[1].code], "quantity": 3}])
    big = await ok(await clerk.post(path, lots), 201)
    assert (small["state"], big["state"]) == ("waiting", "waiting")
    assert big["amount_minor"] == 59_500
    waiting = await ok(await clerk.get("/admin/refunds/waiting"))
    assert [each["id"] for each in waiting["items"]] == [big["id"], small["id"]]
    seen = await ok(await lin.get(f"/orders/{order['id']}/refundable"))
    assert [each["number"] for each in seen["waiting"]] == [small["number"], big["number"]]
    assert seen["left_minor"] == 0
    approve = f"/refunds/{small['id']}/approve"
    assert await refused(await decide(clerk, approve)) == (403, "second-person-needed")
    assert await refused(await decide(manager, approve, version=7)) == (412, "stale-version")
    done = await ok(await decide(manager, approve))
    assert (done["state"], done["settled_reason"]) == ("succeeded", None)
    assert await refused(await decide(manager, approve)) == (409, "illegal-refund-transition")
    gone = await ok(await decide(manager, f"/refunds/{big['id']}/reject", reason="call first"))
    assert (gone["state"], gone["settled_reason"]) == ("rejected", "call first")
    seen = await ok(await lin.get(f"/orders/{order['id']}/refundable"))
    assert seen["left_minor"] == 59_500
    one = await clerk.get(f"/admin/refunds/{small['id']}")
    assert one.headers["etag"] == '"2"'


async def test_a_shopper_asks_for_an_order_that_has_not_left(lin, session, shop, bought):
    answer = await ok(
        await lin.post(f"/orders/{bought['id']}/refunds", {"reason_code": "late"}), 201
    )
    assert (answer["state"], answer["reason_code"]) == ("succeeded", "late")
    order = await ok(await lin.get(f"/orders/{bought['id']}"))
    assert (order["state"], order["payment_status"]) == ("cancelled", "refunded")
    again = await lin.post(f"/orders/{bought['id']}/refunds")
    assert await refused(again) == (409, "refund-refused")
    other = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    await ship(session, other)
    answer = await lin.post(f"/orders/{other['id']}/refunds")
    assert await refused(answer) == (409, "already-shipped")
    found = await ok(await lin.get(f"/orders/{other['id']}/refundable"))
    assert not found["is_open_to_shopper"]
    assert (await lin.get(f"/orders/{new_id()}/refundable")).status_code == 404


@pytest.mark.parametrize("kind", ["everything", "units"])
async def test_all_of_an_order_that_has_not_left_cancels_it(clerk, lin, session, shop, purse, kind):
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    lines = await lines_of(lin, order)
    more = (
        {"lines": [{"line_id": lines[shop.skus[0].code], "quantity": 2}]} if kind == "units" else {}
    )
    body = wish(kind, **more)
    path = f"/admin/orders/{order['id']}/refunds"
    assert (await ok(await clerk.post(f"{path}/preview", body)))["cancels"]
    await ok(await clerk.post(path, body), 201)
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    assert (found["state"], found["payment_status"]) == ("cancelled", "refunded")
    reserved = await session.scalar(text("SELECT sum(reserved) FROM stock"))
    assert reserved == 0


@pytest.fixture
async def seller(client, session, shop):
    """Another merchant with a SKU of its own, and the key of its system."""
    merchant = await merchant_factory.make_merchant(session)
    warehouse = await make_warehouse(session, merchant.id)
    spu = await make_spu(session, merchant_id=merchant.id, category_id=shop.category.id)
    sku = await make_sku(session, spu=spu)
    await put_price(session, shop.price_list.id, sku.id, 1_000)
    await put_stock(session, sku.id, warehouse.id, 5)
    scopes = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    key = await merchant_factory.make_api_key(session, merchant.id, scopes=scopes)
    await session.commit()
    return Shopper(client, merchant_factory.bearer(key)), sku


async def test_a_merchant_asks_for_its_own_lines_and_staff_decide(
    seller, manager, lin, shop, purse
):
    api, sku = seller
    order = await lin.order((shop.skus[0].id, 1), (sku.id, 2), tenders=BY_BALANCE)
    lines = await lines_of(lin, order)
    path = f"/merchant/orders/{order['id']}"
    found = await ok(await api.get(f"{path}/refundable"))
    assert [each["sku_code"] for each in found["lines"]] == [sku.code]
    assert set(found) == {"order_id", "currency", "refused", "lines"}
    body = {"reason_code": "out_of_stock", "reason": "none left"}
    own = [{"line_id": lines[sku.code], "quantity": 2}]
    other = [{"line_id": lines[shop.skus[0].code], "quantity": 1}]
    answer = await api.post(f"{path}/refunds", body | {"lines": other})
    assert answer.status_code == 404
    made = await ok(await api.post(f"{path}/refunds", body | {"lines": own}), 201)
    assert (made["state"], made["amount_minor"]) == ("waiting", 2_000)
    done = await ok(await decide(manager, f"/refunds/{made['id']}/approve"))
    assert done["state"] == "succeeded"
    foreign = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    answer = await api.get(f"/merchant/orders/{foreign['id']}/refundable")
    assert answer.status_code == 404
