"""A merchant's system sees and changes its own products only."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.catalog import ProductStatus
from app.core.enums.scopes import Scope
from tests.factories.catalog import make_category, make_spu
from tests.factories.merchants import bearer, make_api_key, make_merchant
from tests.integration.catalog.conftest import match

PRODUCTS = "/api/v1/merchant/products"


@pytest.fixture
async def seller(session: AsyncSession, client):
    """The client with a key of a merchant of its own."""
    merchant = await make_merchant(session)
    scopes = [Scope.CATALOG_READ, Scope.CATALOG_WRITE]
    client.headers.update(bearer(await make_api_key(session, merchant.id, scopes=scopes)))
    client.merchant = merchant
    await session.commit()
    return client


async def test_a_merchant_writes_drafts_and_submits_them(seller, session):
    category = await make_category(session)
    await session.commit()
    body = {"code": "MUG", "name": "马克杯", "category_id": str(category.id)}
    made = await seller.post(PRODUCTS, json=body)
    assert made.json()["merchant_id"] == str(seller.merchant.id)
    assert made.json()["slug"] == "马克杯-mug"
    path = f"{PRODUCTS}/{made.json()['id']}"
    edited = await seller.patch(path, json={"name": "Mug"}, headers=match(made))
    assert (await seller.post(f"{path}/skus", json={"code": "MUG-1"})).status_code == 201
    sent = await seller.post(f"{path}/submit", json={}, headers=match(edited))
    assert sent.json()["status"] == "in_review"
    late = await seller.patch(path, json={"name": "Cup"}, headers=match(sent))
    assert late.json()["type"] == "/problems/product-locked"
    listed = (await seller.get(PRODUCTS)).json()["items"]
    assert [each["id"] for each in listed] == [made.json()["id"]]


async def test_a_merchant_cannot_name_another(seller, session):
    category = await make_category(session)
    other = await make_merchant(session)
    await session.commit()
    body = {"code": "MUG", "name": "Mug", "category_id": str(category.id)}
    for extra in ({"merchant_id": str(other.id)}, {"status": "on_sale"}):
        assert (await seller.post(PRODUCTS, json=body | extra)).status_code == 422


async def test_products_of_others_are_not_found(seller, session):
    spu = await make_spu(session, status=ProductStatus.DRAFT)
    await session.commit()
    path, version = f"{PRODUCTS}/{spu.id}", {"If-Match": '"1"'}
    answers = [
        await seller.get(path),
        await seller.patch(path, json={"name": "Mine"}, headers=version),
        await seller.post(f"{path}/submit", json={}, headers=version),
        await seller.get(f"{path}/skus"),
        await seller.post(f"{path}/skus", json={"code": "X"}),
    ]
    assert [each.status_code for each in answers] == [404] * len(answers)
    assert (await seller.get(PRODUCTS)).json()["items"] == []


async def test_a_key_needs_the_scope(client, session):
    merchant = await make_merchant(session)
    key = await make_api_key(session, merchant.id, scopes=[Scope.CATALOG_READ])
    await session.commit()
    client.headers.update(bearer(key))
    assert (await client.get(PRODUCTS)).status_code == 200
    body = {"code": "X", "name": "X", "category_id": str(merchant.id)}
    assert (await client.post(PRODUCTS, json=body)).status_code == 403
