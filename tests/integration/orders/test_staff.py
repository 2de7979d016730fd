"""Orders in the hands of staff and of merchants' systems."""

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.schemas.orders import AdminOrderCardOut, AdminOrderOut, MerchantOrderOut
from tests.factories import merchants as merchant_factory
from tests.factories import staff as staff_factory
from tests.factories.catalog import make_sku, make_spu
from tests.factories.delivery import make_template
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.payments import give_balance
from tests.factories.pricing import put_price
from tests.integration.orders.conftest import Shopper

BY_BALANCE = [{"kind": "balance"}]


@pytest.fixture
async def clerk(client, session):
    clerk = await staff_factory.make_staff(session, scopes=[Scope.ORDERS_READ, Scope.ORDERS_WRITE])
    headers = await staff_factory.bearer(session, clerk)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def seller(client, session, shop):
    """Another merchant with a SKU of its own, and the key of its system."""
    merchant = await merchant_factory.make_merchant(session)
    warehouse = await make_warehouse(session, merchant.id)
    spu = await make_spu(session, merchant_id=merchant.id, category_id=shop.category.id)
    sku = await make_sku(session, spu=spu)
    await put_price(session, shop.price_list.id, sku.id, 1_000)
    await put_stock(session, sku.id, warehouse.id, 5)
    key = await merchant_factory.make_api_key(session, merchant.id, scopes=[Scope.ORDERS_READ])
    await give_balance(session, shop.member.id, 100_000)
    await session.commit()
    return Shopper(client, merchant_factory.bearer(key)), sku


async def test_staff_find_orders_by_what_they_know(clerk, lin, shop):
    one = await lin.order((shop.skus[0].id, 1))
    two = await lin.order((shop.skus[1].id, 1))
    await lin.post(f"/orders/{one['id']}/cancel")
    for params, found in (
        ({}, [two, one]),
        ({"number": one["number"]}, [one]),
        ({"member_id": str(shop.member.id)}, [two, one]),
        ({"state": "cancelled"}, [one]),
        ({"payment_status": "awaiting"}, [two]),
        ({"fulfilment_status": "unfulfilled"}, [two]),
        ({"return_status": "requested"}, []),
        ({"channel_id": str(shop.channel.id), "limit": 1}, [two]),
        ({"placed_from": "2199-01-01T00:00:00Z"}, []),
        ({"placed_to": "2199-01-01T00:00:00Z"}, [two, one]),
    ):
        answer = await clerk.get("/admin/orders", **params)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert [each["number"] for each in items] == [each["number"] for each in found], params
        for each in items:
            AdminOrderCardOut.model_validate(each)


async def test_staff_see_who_did_what(clerk, lin, shop):
    placed = await lin.order((shop.skus[0].id, 1))
    path = f"/admin/orders/{placed['id']}"
    cancelled = await clerk.post(f"{path}/cancel", {"reason": "Address unknown"})
    assert cancelled.status_code == 200, cancelled.text
    answer = await clerk.get(path)
    AdminOrderOut.model_validate_json(answer.content)
    order = answer.json()
    assert order["member_id"] == str(shop.member.id)
    assert [each["kind"] for each in order["timeline"]] == ["placed", "cancelling", "cancelled"]
    assert order["timeline"][1]["actor"].startswith("admin:")
    assert (await lin.get(f"/orders/{placed['id']}")).json()["cancel_reason"] == "Address unknown"
    missing = await clerk.get("/admin/orders/01890000-0000-7000-8000-000000000000")
    assert missing.status_code == 404


async def test_reading_is_no_permission_to_cancel(client, session, lin, shop):
    reader = await staff_factory.make_staff(session, scopes=[Scope.ORDERS_READ])
    nobody = await staff_factory.make_staff(session)
    tokens = [await staff_factory.bearer(session, each) for each in (reader, nobody)]
    await session.commit()
    placed = await lin.order((shop.skus[0].id, 1))
    reads, none = (Shopper(client, each) for each in tokens)
    path = f"/admin/orders/{placed['id']}"
    assert (await reads.get(path)).status_code == 200
    assert (await reads.post(f"{path}/cancel", {"reason": "no"})).status_code == 403
    assert (await none.get(path)).status_code == 403
    assert (await lin.get(path)).status_code == 403


async def test_a5_a_merchant_sees_its_own_part_of_what_is_paid(seller, lin, shop):
    """A5: other merchants' lines, warehouses and orders do not exist."""
    system, sku = seller
    unpaid = await lin.order((sku.id, 1), (shop.skus[0].id, 1))
    assert (await system.get("/merchant/orders")).json()["items"] == []
    assert (await system.get(f"/merchant/orders/{unpaid['id']}")).status_code == 404

    paid = await lin.order((sku.id, 2), (shop.skus[0].id, 1), tenders=BY_BALANCE)
    elsewhere = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    listed = (await system.get("/merchant/orders")).json()["items"]
    assert [each["number"] for each in listed] == [paid["number"]]
    answer = await system.get(f"/merchant/orders/{paid['id']}")
    MerchantOrderOut.model_validate_json(answer.content)
    order = answer.json()
    assert order == listed[0]
    assert [line["sku_id"] for line in order["lines"]] == [str(sku.id)]
    assert [each["merchant_id"] for each in order["fulfilments"]] == [str(sku.merchant_id)]
    assert (await system.get(f"/merchant/orders/{elsewhere['id']}")).status_code == 404


async def test_a5_a_merchant_sees_its_own_freight_alone(client, session, seller, lin, shop):
    """A5: what sending costs the other merchant of an order is not told."""
    system, sku = seller
    for merchant_id in (shop.merchant.id, sku.merchant_id):
        await make_template(session, merchant_id)
    scopes = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    key = await merchant_factory.make_api_key(session, shop.merchant.id, scopes=scopes)
    await session.commit()
    platform = Shopper(client, merchant_factory.bearer(key))
    paid = await lin.order((sku.id, 1), (shop.skus[0].id, 1), tenders=BY_BALANCE)
    told = (await lin.get(f"/orders/{paid['id']}")).json()["delivery"]["freight"]
    assert len(told) == 2
    for asks, merchant_id in ((system, sku.merchant_id), (platform, shop.merchant.id)):
        own = [each for each in told if each["merchant_id"] == str(merchant_id)]
        assert len(own) == 1
        order = (await asks.get(f"/merchant/orders/{paid['id']}")).json()
        assert order["delivery"]["freight"] == own
        (part,) = (await asks.get("/merchant/fulfilments")).json()["items"]
        assert part["delivery"]["freight"] == own


async def test_a_shipped_order_is_refused_with_its_status(lin, shop, session):
    placed = await lin.order((shop.skus[0].id, 1))
    await session.execute(
        text("UPDATE orders SET fulfilment_status = 'shipped', payment_status = 'paid'")
    )
    await session.commit()
    answer = await lin.post(f"/orders/{placed['id']}/cancel")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "/problems/already-shipped")
    assert problem["fulfilment_status"] == "shipped"


async def test_staff_see_that_goods_must_not_leave(clerk, lin, shop, session):
    """A payment of the order that its gateway does not state."""
    order = await lin.order((shop.skus[0].id, 1))
    path = f"/admin/orders/{order['id']}"
    assert (await clerk.get(path)).json()["shipping_holds"] == []
    await session.execute(
        text("""
            WITH receipt AS (
                INSERT INTO payment_receipts (id, channel, transaction_id, attempt_id, plan_id,
                    member_id, amount_minor, currency, outcome)
                SELECT gen_random_uuid(), a.channel, 't', a.id, p.id, a.member_id, a.amount_minor,
                    a.currency, 'captured'
                FROM payment_plans p JOIN payment_attempts a ON a.plan_id = p.id
                WHERE p.order_id = :order_id RETURNING *)
            INSERT INTO reconciliation_cases (id, channel, day, kind, verdict, state, receipt_id,
                number, ours_minor, currency)
            SELECT gen_random_uuid(), channel, '2026-11-20', 'payment', 'missing_gateway', 'open',
                id, 'n', amount_minor, currency
            FROM receipt
        """),
        {"order_id": order["id"]},
    )
    await session.commit()
    (hold,) = AdminOrderOut.model_validate((await clerk.get(path)).json()).shipping_holds
    assert (hold.reason, hold.state, hold.number) == ("missing_gateway", "open", "n")
    assert str(hold.day) == "2026-11-20"
