"""Exchange offers as staff keep them."""

from uuid import UUID, uuid4

import pytest

from app.core.enums.scopes import Scope
from app.models.exchange import ExchangeOffer
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff

OFFERS = "/api/v1/admin/exchange-offers"


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def headers(session):
    staff = await make_staff(session, scopes=(Scope.PRICING_READ, Scope.PRICING_WRITE))
    return await bearer(session, staff)


def offer_of(shop, **values):
    return {"sku_id": str(shop.skus[0].id), "currency": "CNY", "points": 500} | values


async def test_an_offer_is_made_edited_and_read(client, shop, headers):
    made = await client.post(OFFERS, json=offer_of(shop, quota=5), headers=headers)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    url = f"{OFFERS}/{made.json()['id']}"
    terms = {"points": 400, "cash_minor": 900, "tiers": ["gold"], "is_active": False}
    edited = await client.put(url, json=terms, headers=headers | {"If-Match": '"1"'})
    assert edited.status_code == 200
    assert edited.json() == made.json() | terms | {
        "quota": None,
        "version": 2,
        "updated_at": edited.json()["updated_at"],
    }
    assert (await client.get(url, headers=headers)).json() == edited.json()
    assert (await client.get(OFFERS, headers=headers)).json()["items"] == [edited.json()]
    stale = await client.put(url, json=terms, headers=headers | {"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_a_quota_is_not_less_than_what_is_taken(client, session, shop, headers):
    made = (await client.post(OFFERS, json=offer_of(shop, quota=5), headers=headers)).json()
    row = await session.get_one(ExchangeOffer, UUID(made["id"]))
    row.sold = 3
    await session.flush()
    refused = await client.put(
        f"{OFFERS}/{made['id']}",
        json={"points": 500, "quota": 2},
        headers=headers | {"If-Match": '"1"'},
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/quota-below-sold")


@pytest.mark.parametrize(
    "values",
    [
        {"sku_id": str(uuid4())},
        {"channel_id": str(uuid4())},
        {"points": 0},
        {"points": 10**9 + 1},
        {"cash_minor": -1},
        {"quota": 0},
        {"starts_at": "2026-08-02T00:00:00Z", "ends_at": "2026-08-01T00:00:00Z"},
        {"starts_at": "2026-08-02T00:00:00Z", "ends_at": "2026-08-02T00:00:00Z"},
        {"tiers": ["a" * 65]},
        {"price_minor": 1},
    ],
)
async def test_what_makes_no_offer_is_refused(client, shop, headers, values):
    refused = await client.post(OFFERS, json=offer_of(shop) | values, headers=headers)
    assert refused.status_code == 422, refused.text


async def test_reading_is_not_writing(client, session, shop):
    reader = await bearer(session, await make_staff(session, scopes=(Scope.PRICING_READ,)))
    assert (await client.get(OFFERS, headers=reader)).status_code == 200
    refused = await client.post(OFFERS, json=offer_of(shop), headers=reader)
    assert refused.status_code == 403
    assert (await client.get(f"{OFFERS}/{uuid4()}", headers=reader)).status_code == 404
