"""Merchants' systems move their own goods in their own warehouses, and nothing else."""

from uuid import uuid4

import pytest

from app.core.enums.scopes import Scope
from tests.factories.catalog import make_sku
from tests.factories.inventory import make_warehouse
from tests.factories.merchants import bearer, make_api_key, make_merchant
from tests.integration.inventory.counting import levels

MERCHANT = "/api/v1/merchant"
BOTH = (Scope.INVENTORY_READ, Scope.INVENTORY_WRITE)


async def make_house(session, scopes=BOTH):
    merchant = await make_merchant(session)
    sku = await make_sku(session, merchant_id=merchant.id)
    warehouse = await make_warehouse(session, merchant.id)
    key = await make_api_key(session, merchant.id, scopes=scopes)
    return sku, warehouse, bearer(key)


def body_of(kind, sku, warehouse, quantity=5):
    rows = [{"sku_id": str(sku.id), "quantity": quantity}]
    body = {"warehouse_id": str(warehouse.id), "document": "D-1", "rows": rows}
    return body | ({"reason": "correction"} if kind == "adjustments" else {})


async def post(client, kind, body, headers, key=None):
    return await client.post(
        f"{MERCHANT}/stock/{kind}",
        json=body,
        headers=headers | {"Idempotency-Key": key or uuid4().hex},
    )


async def test_goods_arrive_and_are_corrected_once(client, session):
    sku, warehouse, headers = await make_house(session)
    listed = await client.get(f"{MERCHANT}/warehouses", headers=headers)
    assert [(each["id"], each["code"]) for each in listed.json()["items"]] == [
        (str(warehouse.id), warehouse.code)
    ]
    arrived = body_of("receipts", sku, warehouse)
    first = await post(client, "receipts", arrived, headers, key="arrived")
    again = await post(client, "receipts", arrived, headers, key="arrived")
    assert (first.status_code, again.json()) == (201, first.json())
    fewer = body_of("adjustments", sku, warehouse, quantity=-2)
    corrected = await post(client, "adjustments", fewer, headers)
    assert (corrected.status_code, corrected.json()["state"]) == (201, "posted")
    assert await levels(session, sku.id) == (3, 0)
    assert (await post(client, "adjustments", fewer, headers)).status_code == 201
    below = await post(client, "adjustments", fewer, headers)
    assert (below.status_code, below.json()["type"]) == (409, "/problems/stock-below-reserved")


@pytest.mark.parametrize("kind", ["receipts", "adjustments"])
async def test_what_is_of_others_is_not_there(client, session, kind):
    sku, warehouse, headers = await make_house(session)
    their_sku, their_warehouse, _ = await make_house(session)
    for named in ((their_sku, warehouse), (sku, their_warehouse)):
        answer = await post(client, kind, body_of(kind, *named), headers)
        assert answer.json()["type"] == "/problems/unknown-stock"
    problem = answer.json()
    assert (problem["sku_ids"], problem["warehouse_ids"]) == ([], [str(their_warehouse.id)])
    assert await levels(session, their_sku.id) in {None, (0, 0)}


@pytest.mark.parametrize("kind", ["receipts", "adjustments"])
async def test_moving_needs_a_scope(client, session, kind):
    sku, warehouse, headers = await make_house(session, scopes=BOTH[:1])
    answer = await post(client, kind, body_of(kind, sku, warehouse), headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/insufficient-scope")
