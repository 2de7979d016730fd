"""Warehouses and stock over HTTP."""

from uuid import uuid4

import pytest

from app.core.enums.scopes import Scope
from tests.factories.catalog import make_sku
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.merchants import bearer as key_bearer
from tests.factories.merchants import make_api_key, make_merchant
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.integration.inventory.counting import levels
from tests.integration.inventory.test_reserve import hold

ADMIN = "/api/v1/admin"


async def keeper(session, *scopes):
    staff = await make_staff(
        session, scopes=scopes or (Scope.INVENTORY_READ, Scope.INVENTORY_WRITE)
    )
    return await bearer(session, staff)


def keyed(headers):
    return headers | {"Idempotency-Key": uuid4().hex}


async def test_a_warehouse_is_opened_and_edited(client, session):
    shop = await make_shop(session)
    headers = await keeper(session)
    body = {"code": "EAST-1", "merchant_id": str(shop.merchant.id), "name": "East", "country": "CN"}
    made = await client.post(f"{ADMIN}/warehouses", json=body, headers=headers)
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    url = f"{ADMIN}/warehouses/{made.json()['id']}"
    change = {
        "name": "East hall",
        "country": "CN",
        "priority": 5,
        "channel_ids": [str(shop.channel.id)],
    }
    assert (await client.put(url, json=change, headers=headers)).status_code == 428
    edited = await client.put(url, json=change, headers=headers | {"If-Match": '"1"'})
    assert edited.status_code == 200
    assert edited.json() == made.json() | change | {
        "version": 2,
        "updated_at": edited.json()["updated_at"],
    }
    stale = await client.put(url, json=change, headers=headers | {"If-Match": '"1"'})
    assert stale.status_code == 412
    assert (await client.get(url, headers=headers)).json() == edited.json()
    listed = await client.get(f"{ADMIN}/warehouses?limit=1", headers=headers)
    assert listed.json()["next_after"] == listed.json()["items"][0]["id"]
    taken = await client.post(f"{ADMIN}/warehouses", json=body, headers=headers)
    assert (taken.status_code, taken.json()["field"]) == (409, "code")


async def test_unknown_owners_of_a_warehouse_are_refused(client, session):
    headers = await keeper(session)
    body = {"code": "X", "merchant_id": str(uuid4()), "name": "X", "country": "CN"}
    answer = await client.post(f"{ADMIN}/warehouses", json=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-reference")


async def test_goods_are_received_once(client, session):
    shop = await make_shop(session, quantity=0)
    headers = keyed(await keeper(session))
    body = {
        "warehouse_id": str(shop.warehouse.id),
        "document": "R-7",
        "rows": [{"sku_id": str(sku), "quantity": 4} for sku in shop.sku_ids[:2]],
    }
    first = await client.post(f"{ADMIN}/stock/receipts", json=body, headers=headers)
    again = await client.post(f"{ADMIN}/stock/receipts", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert [
        (row["quantity"], row["on_hand_after"], row["cause"]) for row in first.json()["items"]
    ] == [(4, 4, "receipt:R-7")] * 2
    assert await levels(session, shop.sku_ids[0]) == (4, 0)


async def test_s14_receipts_need_a_key_and_a_scope(client, session):
    """S14: nothing, less than nothing and halves are no receipts."""
    shop = await make_shop(session)
    body = {
        "warehouse_id": str(shop.warehouse.id),
        "document": "R-7",
        "rows": [{"sku_id": str(shop.sku_ids[0]), "quantity": 1}],
    }
    url = f"{ADMIN}/stock/receipts"
    keyless = await client.post(url, json=body, headers=await keeper(session))
    assert (keyless.status_code, keyless.json()["type"]) == (
        400,
        "/problems/idempotency-key-missing",
    )
    reader = keyed(await keeper(session, Scope.INVENTORY_READ))
    assert (await client.post(url, json=body, headers=reader)).status_code == 403
    for quantity in (0, -1, 1.0, "1"):
        bad = body | {"rows": [{"sku_id": str(shop.sku_ids[0]), "quantity": quantity}]}
        answer = await client.post(url, json=bad, headers=keyed(await keeper(session)))
        assert answer.status_code == 422


async def test_s9_an_adjustment_below_what_is_promised_is_refused_with_the_counts(client, session):
    """S9: never below what is promised."""
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await hold(session, shop, (tea, 7))
    body = {
        "warehouse_id": str(shop.warehouse.id),
        "document": "count-1",
        "reason": "damage",
        "rows": [{"sku_id": str(tea), "quantity": -4, "note": "broken"}],
    }
    headers = await keeper(session)
    refused = await client.post(f"{ADMIN}/stock/adjustments", json=body, headers=keyed(headers))
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/stock-below-reserved"
    assert refused.json()["rows"] == [
        {
            "sku_id": str(tea),
            "warehouse_id": str(shop.warehouse.id),
            "grade": "sellable",
            "on_hand": 10,
            "reserved": 7,
            "quantity": -4,
        }
    ]
    body["rows"][0]["quantity"] = -3
    done = await client.post(f"{ADMIN}/stock/adjustments", json=body, headers=keyed(headers))
    assert done.json()["state"] == "posted"
    assert await levels(session, tea) == (7, 7)


async def test_stock_movements_and_reservations_are_listed_in_pages(client, session):
    """J154: what lies where, what is promised, and what moved it."""
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await hold(session, shop, (tea, 2))
    headers = await keeper(session)
    seen, after = [], ""
    while True:
        page = (await client.get(f"{ADMIN}/stock?limit=2{after}", headers=headers)).json()
        seen += [row["sku_id"] for row in page["items"]]
        if page["next_after"] is None:
            break
        after = f"&after={page['next_after']}"
    assert seen == sorted(map(str, shop.sku_ids))
    one = (await client.get(f"{ADMIN}/stock?sku_code={shop.skus[0].code}", headers=headers)).json()
    assert [(r["on_hand"], r["reserved"], r["available"]) for r in one["items"]] == [(10, 2, 8)]
    first = (await client.get(f"{ADMIN}/stock/movements?limit=2", headers=headers)).json()
    rest = await client.get(
        f"{ADMIN}/stock/movements?limit=2&after={first['next_after']}", headers=headers
    )
    ids = [row["id"] for row in first["items"] + rest.json()["items"]]
    assert len(ids) == 3
    assert ids == sorted(ids, reverse=True)
    held = await client.get(f"{ADMIN}/stock/reservations?owner=order:1&state=held", headers=headers)
    assert [(row["sku_id"], row["quantity"]) for row in held.json()["items"]] == [(str(tea), 2)]
    assert (await client.get(f"{ADMIN}/stock?after=nonsense", headers=headers)).status_code == 422


async def test_a_merchant_sees_its_own_stock(client, session):
    shop = await make_shop(session)
    merchant = await make_merchant(session)
    own = await make_sku(session, merchant_id=merchant.id)
    await put_stock(session, own.id, shop.warehouse.id, 3)
    key = await make_api_key(session, merchant.id, scopes=[Scope.INVENTORY_READ])
    answer = await client.get("/api/v1/merchant/stock", headers=key_bearer(key))
    assert answer.status_code == 200
    assert [(row["sku_id"], row["on_hand"]) for row in answer.json()["items"]] == [(str(own.id), 3)]


@pytest.mark.parametrize(("verb", "said"), [("receipts", {}), ("adjustments", {"reason": "found"})])
async def test_a_merchant_moves_its_own_goods_in_its_own_warehouse(client, session, verb, said):
    """By the body that moves stock for staff: all else holds for both."""
    shop = await make_shop(session)
    own = await make_sku(session, merchant_id=shop.merchant.id)
    others = await make_sku(session, merchant_id=(await make_merchant(session)).id)
    elsewhere = await make_warehouse(session, others.merchant_id)
    key = await make_api_key(session, shop.merchant.id, scopes=[Scope.INVENTORY_WRITE])

    async def move(sku, warehouse):
        rows = [{"sku_id": str(sku.id), "quantity": 4}]
        return await client.post(
            f"/api/v1/merchant/stock/{verb}",
            headers=keyed(key_bearer(key)),
            json={"warehouse_id": str(warehouse.id), "document": "D-1", "rows": rows, **said},
        )

    assert (await move(own, shop.warehouse)).status_code == 201
    for sku, warehouse in ((others, shop.warehouse), (own, elsewhere), (others, elsewhere)):
        refused = await move(sku, warehouse)
        assert refused.json()["type"] == "/problems/unknown-stock", refused.text
