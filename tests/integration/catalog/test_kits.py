"""Kits over HTTP: made by staff and merchants, and shown to shoppers with what there is of them."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.enums.catalog import ProductStatus
from app.core.enums.scopes import Scope
from tests.factories.catalog import make_sku, make_spu
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.kits import make_kit
from tests.factories.merchants import bearer, make_api_key, make_merchant
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.catalog.conftest import match
from tests.integration.orders.test_gifts import gift

KITS = "/api/v1/admin/kits"


def of(*parts):
    return {"components": [{"sku_id": str(sku_id), "quantity": n} for sku_id, n in parts]}


async def test_staff_say_of_what_a_sku_consists(staff, session):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    sku = await make_sku(session, spu=shop.spu)
    await session.commit()
    path = f"{KITS}/{sku.id}"
    plain = await staff.get(path)
    assert (plain.json()["is_kit"], plain.json()["components"]) == (False, [])
    assert (await staff.put(path, json=of((tea, 3)))).status_code == 428
    made = await staff.put(path, json=of((tea, 3), (cup, 1)), headers=match(plain))
    assert made.status_code == 200, made.text
    body = made.json()
    assert {each["sku_id"]: each["quantity"] for each in body["components"]} == {
        str(tea): 3,
        str(cup): 1,
    }
    assert body["warehouses"] == [
        {"warehouse_id": str(shop.warehouse.id), "warehouse_code": shop.warehouse.code, "pieces": 3}
    ]
    assert (body["is_kit"], body["pieces"], body["version"]) == (True, 3, 2)
    assert (await staff.get(path)).json() == body
    stale = await staff.put(path, json=of((tea, 1)), headers=match(plain))
    assert stale.json()["type"] == "/problems/stale-version"
    same = await staff.put(path, json=of((cup, 1), (tea, 3)), headers=match(made))
    assert same.json()["version"] == 2
    stocked = await staff.put(f"{KITS}/{tea}", json=of((cup, 1)), headers={"If-Match": '"1"'})
    assert (stocked.status_code, stocked.json()["type"]) == (409, "/problems/cannot-be-a-kit")
    for parts in ([(sku.id, 1)], [(uuid4(), 1)], [(tea, 1), (tea, 2)]):
        wrong = await staff.put(path, json=of(*parts), headers=match(made))
        assert (wrong.status_code, wrong.json()["field"]) == (422, "components")
    assert (await staff.put(path, json=of((tea, 0)), headers=match(made))).status_code == 422
    none = await staff.put(path, json=of(), headers=match(made))
    assert (none.json()["is_kit"], none.json()["pieces"], none.json()["version"]) == (False, 0, 3)


async def test_a_merchant_makes_kits_of_its_own_drafts(client, session):
    merchant = await make_merchant(session)
    scopes = [Scope.CATALOG_READ, Scope.CATALOG_WRITE]
    client.headers.update(bearer(await make_api_key(session, merchant.id, scopes=scopes)))
    draft = await make_spu(session, merchant_id=merchant.id, status=ProductStatus.DRAFT)
    on_sale = await make_spu(session, merchant_id=merchant.id)
    kit, late, own = [await make_sku(session, spu=each) for each in (draft, on_sale, on_sale)]
    strange = await make_sku(session)
    await session.commit()
    first = {"If-Match": '"1"'}
    path = "/api/v1/merchant/kits/{}".format
    made = await client.put(path(kit.id), json=of((own.id, 2)), headers=first)
    assert made.status_code == 200, made.text
    assert (await client.get(path(kit.id))).json() == made.json()
    assert made.json()["pieces"] == 0
    wrong = await client.put(path(kit.id), json=of((strange.id, 1)), headers=match(made))
    assert wrong.json()["field"] == "components"
    locked = await client.put(path(late.id), json=of((own.id, 2)), headers=first)
    assert locked.json()["type"] == "/problems/product-locked"
    assert (await client.get(path(strange.id))).status_code == 404


@pytest.mark.parametrize("cups", [0, 2])
async def test_shoppers_see_what_a_kit_is_and_how_many_are_left(client, session, cups):
    shop = await make_shop(session, quantity=0)
    tea, cup, _ = shop.sku_ids
    there = await make_warehouse(session, shop.merchant.id)
    kit = await make_kit(session, shop, (tea, 2), (cup, 1))
    await put_stock(session, cup, there.id, cups)
    await put_stock(session, tea, shop.warehouse.id, 9)
    await put_stock(session, tea, there.id, 3)
    for sku in shop.skus:
        sku.status = "inactive"
    await session.commit()
    page = (await client.get(f"/api/v1/products/{shop.spu.slug}")).json()
    (shown,) = page["skus"]
    assert shown["id"] == str(kit)
    assert {each["sku_id"]: each["quantity"] for each in shown["components"]} == {
        str(tea): 2,
        str(cup): 1,
    }
    there_is = {0: ("out_of_stock", 0), 2: ("low", 1)}[cups]
    assert (shown["stock_state"], shown["pieces_left"]) == there_is
    listed = (await client.get("/api/v1/products", params={"category": shop.category.slug})).json()
    assert [each["in_stock"] for each in listed["items"]] == [cups > 0]


async def test_a_kit_is_given_while_there_are_any(client, session):
    shop = await make_shop(session, quantity=1)
    tea, cup, pot = shop.sku_ids
    kit = await make_kit(session, shop, (cup, 1), (pot, 1))
    await make_promotion(session, shop.merchant.id, action=gift(kit))
    await session.commit()

    async def offered():
        page = (await client.get(f"/api/v1/products/{shop.spu.slug}")).json()
        offer = next(each for each in page["skus"] if each["id"] == str(tea))["offer"]
        return [each["sku_id"] for each in offer["gifts"]]

    assert await offered() == [str(kit)]
    await session.execute(text("UPDATE stock SET safety = 1 WHERE sku_id = :id"), {"id": pot})
    await session.commit()
    assert await offered() == []
