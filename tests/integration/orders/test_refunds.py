"""Refunds of orders over HTTP: the same truth for shopper and clerk, then what it said happens."""

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from tests.factories import merchants as merchant_factory
from tests.factories import staff as staff_factory
from tests.factories.catalog import make_sku, make_spu
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.payments import give_balance
from tests.factories.pricing import put_price
from tests.factories.promotions import make_coupon, make_promotion
from tests.integration.orders.conftest import Shopper

BY_BALANCE = [{"kind": "balance"}]
WRITER = [Scope.ORDERS_READ, Scope.ORDERS_WRITE, Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE]


async def somebody(client, session):
    member = await staff_factory.make_staff(session, scopes=WRITER)
    headers = await staff_factory.bearer(session, member)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def clerk(client, session):
    return await somebody(client, session)


@pytest.fixture
async def manager(client, session):
    return await somebody(client, session)


@pytest.fixture
async def purse(session, shop):
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()


@pytest.fixture
async def bought(lin, shop, purse):
    """Two pieces at 100.00 and one at 200.00, paid by balance."""
    return await lin.order((shop.skus[0].id, 2), (shop.skus[1].id, 1), tenders=BY_BALANCE)


def wish(kind="units", **more):
    return {"kind": kind, "reason_code": "changed_mind", "reason": "too small"} | more


async def ok(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()


async def refused(answer):
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def lines_of(lin, order):
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    return {each["sku_code"]: each["id"] for each in found["lines"]}


async def ship(session, order):
    await session.execute(
        text("UPDATE orders SET fulfilment_status = 'shipped' WHERE id = :id"), {"id": order["id"]}
    )
    await session.commit()


async def decide(client, path, *, version=1, **body):
    headers = client.headers | {"If-Match": f'"{version}"'}
    return await client.client.post(f"/api/v1/admin{path}", headers=headers, json=body)


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


async def test_goodwill_and_much_wait_for_a_second_person(clerk, manager, lin, shop, purse):
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


@pytest.mark.parametrize(
    ("rule", "state", "is_later"),
    [
        ({"return_coupon": "on_full_refund"}, "available", False),
        ({"return_coupon": "on_full_refund", "coupon_expiry": "grace"}, "available", True),
        ({"return_coupon": "on_cancel"}, "consumed", False),
        ({"return_coupon": "never"}, "consumed", False),
    ],
)
async def test_coupons_return_with_all_money_by_their_rule(
    clerk, lin, session, shop, purse, rule, state, is_later
):
    promotion = await make_promotion(
        session, shop.merchant.id, stage="coupon", needs_coupon=True, refund=rule
    )
    coupon = await make_coupon(session, promotion.id)
    await session.execute(
        text("UPDATE coupons SET valid_to = now() + interval '3 days' WHERE id = :id"),
        {"id": coupon.id},
    )
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[0].id, 2))
    await ok(await lin.send("PUT", f"/carts/{cart_id}/coupons", {"codes": [coupon.code]}))
    body = await lin.agreed(cart_id, tenders=BY_BALANCE)
    order = await ok(await lin.post("/orders", body), 201)
    await ship(session, order)
    seen = await ok(await lin.get(f"/orders/{order['id']}/refundable"))
    (ahead,) = seen["coupons"]
    assert (ahead["code"], ahead["returns"]) == (coupon.code, rule["return_coupon"])
    lines = await lines_of(lin, order)
    path = f"/admin/orders/{order['id']}/refunds"
    one = wish(lines=[{"line_id": lines[shop.skus[0].code], "quantity": 1}])
    after = text("SELECT state, valid_to > now() + interval '80 days' FROM coupons WHERE id = :id")
    for expected in (("consumed", False), (state, is_later)):
        await ok(await clerk.post(path, one), 201)
        row = (await session.execute(after, {"id": coupon.id})).one()
        assert tuple(row) == expected


async def gift_order(lin, session, shop, refund=None):
    """Two teas earn a cup at 50.00."""
    await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "gift", "presents": [{"sku_id": str(shop.skus[2].id), "quantity": 1}]},
        condition={"all": [{"type": "min_amount", "amount_minor": 20_000}]},
        refund=refund or {},
    )
    await session.commit()
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    return order, {bool(each["is_gift"]): each["id"] for each in found["lines"]}


async def test_m39_a_return_asks_for_the_gift_or_for_its_value(clerk, lin, session, shop, purse):
    order, lines = await gift_order(lin, session, shop)
    await ship(session, order)
    path = f"/admin/orders/{order['id']}/refunds"
    one = wish(lines=[{"line_id": lines[False], "quantity": 1}])
    seen = await ok(await clerk.post(f"{path}/preview", one))
    assert seen["gifts"] == [{"line_id": lines[True], "quantity": 1, "value_minor": 5_000}]
    answer = await clerk.post(path, one)
    assert await refused(answer) == (409, "gift-not-returned")
    assert answer.json()["gifts"] == seen["gifts"]
    keeping = one | {"keeps_gifts": True}
    seen = await ok(await clerk.post(f"{path}/preview", keeping))
    assert (seen["refund"]["amount_minor"], seen["withheld_minor"]) == (5_000, 5_000)
    made = await ok(await clerk.post(path, keeping), 201)
    assert (made["amount_minor"], made["withheld_minor"]) == (5_000, 5_000)
    rest = await ok(await clerk.post(path, one), 201)
    assert rest["amount_minor"] == 10_000


async def test_m39_with_the_gift_everything_comes_back(clerk, lin, session, shop, purse):
    order, lines = await gift_order(lin, session, shop)
    await ship(session, order)
    path = f"/admin/orders/{order['id']}/refunds"
    both = [{"line_id": each, "quantity": 1} for each in lines.values()]
    made = await ok(await clerk.post(path, wish(lines=both)), 201)
    assert (made["amount_minor"], made["withheld_minor"]) == (10_000, 0)
    assert len(made["units"]) == 2


async def test_what_is_kept_is_priced_anew_where_the_promotion_says_so(
    clerk, lin, session, shop, purse
):
    """300 less 60: returning the piece at 200 brings 140, or 160 at what it cost."""
    await make_promotion(
        session,
        shop.merchant.id,
        condition={"all": [{"type": "min_amount", "amount_minor": 30_000}]},
        action={"type": "amount_off", "amount_minor": 6_000},
        refund={"policy": "reprice"},
    )
    await session.commit()
    orders = [
        await lin.order((shop.skus[0].id, 1), (shop.skus[1].id, 1), tenders=BY_BALANCE)
        for _ in range(2)
    ]
    for order, valuation, amounts in (
        (orders[0], "as_promoted", [14_000, 10_000]),
        (orders[1], "prorata", [16_000, 8_000]),
    ):
        await ship(session, order)
        lines = await lines_of(lin, order)
        found = []
        for sku in (shop.skus[1], shop.skus[0]):
            body = wish(lines=[{"line_id": lines[sku.code], "quantity": 1}], valuation=valuation)
            made = await ok(await clerk.post(f"/admin/orders/{order['id']}/refunds", body), 201)
            found.append(made["amount_minor"])
        assert found == amounts
        after = await ok(await lin.get(f"/orders/{order['id']}"))
        assert after["payment_status"] == "refunded"


async def test_an_order_that_kept_too_little_is_not_priced_anew(clerk, lin, session, shop, purse):
    await make_promotion(session, shop.merchant.id)
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    await session.execute(text("UPDATE orders SET priced_with = NULL"))
    await session.commit()
    lines = await lines_of(lin, order)
    body = wish(lines=[{"line_id": lines[shop.skus[0].code], "quantity": 1}])
    path = f"/admin/orders/{order['id']}/refunds/preview"
    answer = await clerk.post(path, body | {"valuation": "reprice"})
    assert await refused(answer) == (409, "cannot-reprice")
    assert (await ok(await clerk.post(path, body)))["refund"]["amount_minor"] == 9_500


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
