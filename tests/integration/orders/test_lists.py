"""Lists of orders: what is found, what waits for what, and what a page reads."""

import pytest
from sqlalchemy import text

from app.core.enums.order_lists import OrderSort, OrderTab
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.services import orders
from tests.factories import merchants as merchant_factory
from tests.factories.counters import shopper
from tests.factories.inventory import make_warehouse
from tests.factories.members import make_member
from tests.factories.orders import order_row
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.returning import ask
from tests.integration.orders.sending import CLERK, LIMITS, send

BY_BALANCE = [{"kind": "balance"}]


@pytest.fixture
async def two(lin, shop, session):
    """An order that is paid, and a later one that is not."""
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    paid = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE, note="Ring twice")
    return paid, await lin.order((shop.skus[1].id, 2))


async def test_staff_find_orders_by_anything(clerk, two, shop, session):
    paid, unpaid = two
    await orders.shipping.hold_by_hand(session, paid["id"], "look first", actor=CLERK)
    await session.commit()
    row = await order_row(session, paid["id"])
    amount = row["payable_minor"]
    for params, found in (
        ({"tab": "to_pay"}, [unpaid]),
        ({"tab": "to_ship"}, [paid]),
        ({"merchant_id": str(shop.merchant.id)}, [unpaid, paid]),
        ({"merchant_id": str(shop.member.id)}, []),
        ({"warehouse_id": str(shop.warehouse.id)}, [unpaid, paid]),
        ({"payment_method": "balance"}, [paid]),
        ({"payment_channel": "alipay"}, [unpaid]),
        ({"currency": "CNY", "payable_min": amount, "payable_max": amount}, [paid]),
        ({"paid_from": "2020-01-01T00:00:00Z"}, [paid]),
        ({"paid_to": "2199-01-01T00:00:00Z"}, [paid]),
        ({"placed_from": "2020-01-01T00:00:00Z", "placed_to": "2020-01-02T00:00:00Z"}, []),
        ({"shipped_from": "2020-01-01T00:00:00Z", "shipped_to": "2199-01-01T00:00:00Z"}, []),
        ({"receiver": "Lin Shopper"}, [unpaid, paid]),
        ({"phone": "+8613800138000"}, [unpaid, paid]),
        ({"phone": "+8613800138001"}, []),
        ({"sku_code": shop.skus[0].code}, [paid]),
        ({"is_held": "true"}, [paid]),
        ({"is_held": "false"}, [unpaid]),
        ({"has_note": "true"}, [paid]),
        ({"has_note": "false"}, [unpaid]),
        ({"sort": "oldest"}, [paid, unpaid]),
        ({"sort": "oldest", "sku_code": shop.skus[0].code}, [paid]),
    ):
        answer = await clerk.get("/admin/orders", **params)
        assert answer.status_code == 200, answer.text
        assert [each["id"] for each in answer.json()["items"]] == [each["id"] for each in found], (
            params
        )


async def test_pages_in_every_sort_hold_each_order_once(clerk, lin, shop):
    for quantity in (2, 1, 3, 1):
        await lin.order((shop.skus[0].id, quantity))
    seen = {}
    for sort in OrderSort:
        ids, after = [], {}
        while after is not None:
            page = await clerk.get("/admin/orders", sort=sort, currency="CNY", limit=1, **after)
            ids += [(each["payable_minor"], each["id"]) for each in page.json()["items"]]
            cursor = page.json()["next_after"]
            after = {"after": cursor} if cursor else None
        seen[sort] = ids
        assert len(set(ids)) == 4
    assert seen[OrderSort.NEWEST] == seen[OrderSort.OLDEST][::-1]
    assert seen[OrderSort.LOWEST] == sorted(seen[OrderSort.OLDEST])
    assert seen[OrderSort.HIGHEST] == seen[OrderSort.LOWEST][::-1]
    cursor = (await clerk.get("/admin/orders", limit=1)).json()["next_after"]
    refused = await clerk.get("/admin/orders", sort="oldest", after=cursor)
    assert refused.status_code == 422


@pytest.mark.parametrize("params", [{"sort": "highest"}, {"payable_min": 1}, {"payable_max": 1}])
async def test_amounts_are_compared_in_one_currency(clerk, params):
    answer = await clerk.get("/admin/orders", **params)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("currency-needed")


async def test_an_order_goes_from_tab_to_tab(lin, shop, session):
    """One tab at a time, and the counts say the same as the lists."""
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 1))
    assert await tabs_of(lin, order) == ["to_pay"]
    await lin.post(f"/orders/{order['id']}/cancel")
    assert await tabs_of(lin, order) == ["cancelled"]
    order = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    assert await tabs_of(lin, order) == ["to_ship"]
    await send(session, order["id"])
    await session.commit()
    assert await tabs_of(lin, order) == ["to_receive"]
    await lin.post(f"/orders/{order['id']}/confirm-receipt")
    assert await tabs_of(lin, order) == ["completed"]
    await session.execute(text("UPDATE orders SET return_status = 'requested'"))
    await session.commit()
    assert await tabs_of(lin, order) == ["completed", "after_sales"]
    counts = (await lin.get("/orders/counts")).json()
    assert {tab: each["count"] for tab, each in counts.items()} == {
        "to_pay": 0,
        "to_ship": 0,
        "to_receive": 0,
        "completed": 1,
        "after_sales": 2,
        "cancelled": 1,
    }
    assert all(each["is_exact"] for each in counts.values())


async def tabs_of(lin, order):
    found = []
    for tab in OrderTab:
        page = (await lin.get("/orders", tab=tab)).json()
        if order["id"] in [each["id"] for each in page["items"]]:
            found.append(tab.value)
    return found


async def test_shoppers_search_their_own_orders(lin, two, client, shop, session):
    paid, unpaid = two
    await session.execute(
        text("UPDATE order_lines SET name = 'Tea 100%_pure' WHERE order_id = :id"),
        {"id": paid["id"]},
    )
    await session.commit()
    for looked_for, found in (
        (unpaid["number"], [unpaid]),
        ("tea 100%", [paid]),
        ("%_pure", [paid]),
        ("_%", []),
        ("\\", []),
    ):
        page = (await lin.get("/orders", q=looked_for)).json()
        assert [each["id"] for each in page["items"]] == [each["id"] for each in found]
    other = await make_member(session)
    await session.commit()
    page = await orders.centre.list_orders(
        session, actor=shopper(other.id), after=None, limit=9, looked_for=paid["number"]
    )
    assert page == '{"items":[],"next_after":null}'


async def test_merchants_see_what_their_own_part_waits_for(client, two, shop, session):
    paid, _ = two
    key = await merchant_factory.make_api_key(session, shop.merchant.id, scopes=[Scope.ORDERS_READ])
    await session.commit()
    seller = Shopper(client, merchant_factory.bearer(key))
    for params, found in (
        ({}, [paid["id"]]),
        ({"tab": "to_ship"}, [paid["id"]]),
        ({"tab": "to_receive"}, []),
        ({"sku_code": shop.skus[0].code}, [paid["id"]]),
        ({"sku_code": shop.skus[1].code}, []),
        ({"number": paid["number"], "has_note": "true"}, [paid["id"]]),
    ):
        page = await seller.get("/merchant/orders", **params)
        assert page.status_code == 200, page.text
        assert [each["id"] for each in page.json()["items"]] == found
    counts = (await seller.get("/merchant/orders/counts")).json()
    assert (counts["to_ship"]["count"], counts["to_receive"]["count"]) == (1, 0)
    await send(session, paid["id"])
    await session.commit()
    page = (await seller.get("/merchant/orders", tab="to_receive")).json()
    assert [each["id"] for each in page["items"]] == [paid["id"]]
    counts = (await seller.get("/merchant/orders/counts")).json()
    assert (counts["to_ship"]["count"], counts["to_receive"]["count"]) == (0, 1)
    assert counts["to_pay"]["count"] == 0
    await orders.shipping.confirm_receipt(
        session, paid["id"], actor=shopper(shop.member.id), limits=LIMITS
    )
    await session.commit()
    page = (await seller.get("/merchant/orders", tab="completed")).json()
    assert [each["id"] for each in page["items"]] == [paid["id"]]


async def test_returns_of_others_are_no_after_sales_of_a_merchant(client, two, shop, session):
    """Each of two merchants ships a part of the order; goods of one come back."""
    paid, _ = two
    other = await merchant_factory.make_merchant(session)
    warehouse = await make_warehouse(session, other.id)
    await send(session, paid["id"])
    await session.execute(
        text(
            "INSERT INTO fulfilments"
            " (id, number, order_id, member_id, merchant_id, warehouse_id, kind, status)"
            " VALUES (:id, 'F-OTHER', :order_id, :member, :merchant, :warehouse, 'sale', 'shipped')"
        ),
        {
            "id": new_id(),
            "order_id": paid["id"],
            "member": shop.member.id,
            "merchant": other.id,
            "warehouse": warehouse.id,
        },
    )
    (line,) = await session.scalars(
        text("SELECT id FROM order_lines WHERE order_id = :id"), {"id": paid["id"]}
    )
    asked = await ask(session, shopper(shop.member.id), paid["id"], (line, 1))
    await session.commit()

    async def seen(merchant_id):
        """Orders of the tab, and the number told of it."""
        key = await merchant_factory.make_api_key(session, merchant_id, scopes=[Scope.ORDERS_READ])
        await session.commit()
        seller = Shopper(client, merchant_factory.bearer(key))
        page = (await seller.get("/merchant/orders", tab="after_sales")).json()
        counts = (await seller.get("/merchant/orders/counts")).json()
        return [each["id"] for each in page["items"]], counts["after_sales"]["count"]

    assert await seen(shop.merchant.id) == ([paid["id"]], 1)
    assert await seen(other.id) == ([], 0)
    await orders.after_sales.cancel(session, asked["id"], actor=shopper(shop.member.id))
    await session.commit()
    assert await seen(shop.merchant.id) == ([], 0)
