"""Templates, points and slots as staff keep them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.enums.scopes import Scope
from tests.factories.delivery import HERE, make_slot
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff

ADMIN = "/api/v1/admin"
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
SAID = {"name": "Freight", "basis": "weight", "zones": [HERE]}
POINT = {
    "name": "Bund",
    "country": "CN",
    "province": "上海",
    "city": "上海",
    "district": "黄浦",
    "street": "中山东一路 1 号",
    "phone": "021 6321 0000",
    "hours": [{"days": [1, 2], "opens": "09:00", "closes": "21:00"}],
}
SLOT = {
    "starts_at": NOW.isoformat(),
    "ends_at": (NOW + timedelta(hours=2)).isoformat(),
    "orders_until": NOW.isoformat(),
    "capacity": 3,
}


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def sent(session):
    scopes = (Scope.FULFILMENT_READ, Scope.FULFILMENT_WRITE)
    return await bearer(session, await make_staff(session, scopes=scopes))


@pytest.mark.parametrize(
    ("path", "said", "more", "change"),
    [
        ("freight-templates", SAID, {"method": "standard", "currency": "CNY"}, {"name": "B"}),
        ("pickup-points", POINT, {"code": "BUND"}, {"street": "南京东路 1 号"}),
        ("delivery-slots", SLOT, {"method": "same_city"}, {"capacity": 5}),
    ],
)
async def test_rows_are_kept_under_a_version(client, session, shop, sent, path, said, more, change):
    body = said | more | {"merchant_id": str(shop.merchant.id)}
    made = await client.post(f"{ADMIN}/{path}", json=body, headers=sent)
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    one = f"{ADMIN}/{path}/{made.json()['id']}"
    assert (await client.put(one, json=said, headers=sent)).status_code == 428
    seen = sent | {"If-Match": '"1"'}
    edited = await client.put(one, json=said | change, headers=seen)
    assert edited.status_code == 200, edited.text
    assert change.items() <= edited.json().items()
    assert (await client.put(one, json=said, headers=seen)).status_code == 412
    assert (await client.get(one, headers=sent)).json() == edited.json()
    listed = await client.get(f"{ADMIN}/{path}", params={"limit": 1}, headers=sent)
    assert listed.json()["items"] == [edited.json()]
    nobody = await client.get(f"{ADMIN}/{path}/{shop.member.id}", headers=sent)
    assert nobody.status_code == 404
    stranger = await bearer(session, await make_staff(session, scopes=(Scope.ORDERS_READ,)))
    assert (await client.get(one, headers=stranger)).status_code == 403


async def test_a_method_has_one_active_template(client, shop, sent):
    body = SAID | {
        "merchant_id": str(shop.merchant.id),
        "method": "express",
        "currency": "CNY",
    }
    first = await client.post(f"{ADMIN}/freight-templates", json=body, headers=sent)
    again = await client.post(f"{ADMIN}/freight-templates", json=body, headers=sent)
    assert (again.status_code, again.json()["field"]) == (409, "method")
    put = SAID | {"is_active": False}
    one = f"{ADMIN}/freight-templates/{first.json()['id']}"
    assert (await client.put(one, json=put, headers=sent | {"If-Match": '"1"'})).is_success
    again = await client.post(f"{ADMIN}/freight-templates", json=body, headers=sent)
    assert again.status_code == 201
    unknown = body | {"merchant_id": str(shop.member.id)}
    refused = await client.post(f"{ADMIN}/freight-templates", json=unknown, headers=sent)
    assert (refused.status_code, refused.json()["field"]) == (422, "merchant_id")


@pytest.mark.parametrize(
    "zones",
    [
        [],
        [HERE | {"regions": ["99"]}],
        [HERE | {"regions": ["311"]}],
        [HERE | {"regions": []}],
        [HERE, HERE],
        [HERE, HERE | {"code": "there"}],
        [HERE | {"step_units": 0}],
        [HERE | {"free_from_minor": 0}],
    ],
)
async def test_zones_nobody_could_mean_are_refused(client, shop, sent, zones):
    body = SAID | {
        "zones": zones,
        "merchant_id": str(shop.merchant.id),
        "method": "standard",
        "currency": "CNY",
    }
    answer = await client.post(f"{ADMIN}/freight-templates", json=body, headers=sent)
    assert answer.status_code == 422


async def test_a_point_lies_in_a_region_there_is(client, shop, sent):
    body = POINT | {"code": "BUND", "merchant_id": str(shop.merchant.id)}
    made = await client.post(f"{ADMIN}/pickup-points", json=body, headers=sent)
    assert (made.json()["region_code"], made.json()["phone"]) == ("310101", "+862163210000")
    lost = await client.post(f"{ADMIN}/pickup-points", json=body | {"city": "X"}, headers=sent)
    assert (lost.status_code, lost.json()["field"]) == (422, "city")
    taken = await client.post(f"{ADMIN}/pickup-points", json=body, headers=sent)
    assert (taken.status_code, taken.json()["field"]) == (409, "code")


async def test_a_slot_keeps_the_places_that_are_taken(client, session, shop, sent):
    slot = await make_slot(session, shop.merchant.id, capacity=3, taken=2)
    one = f"{ADMIN}/delivery-slots/{slot.id}"
    seen = sent | {"If-Match": '"1"'}
    refused = await client.put(one, json=SLOT | {"capacity": 1}, headers=seen)
    assert (refused.status_code, refused.json()["taken"]) == (409, 2)
    backwards = SLOT | {"ends_at": (NOW - timedelta(hours=1)).isoformat()}
    assert (await client.put(one, json=backwards, headers=seen)).status_code == 422
    assert (await client.put(one, json=SLOT | {"capacity": 2}, headers=seen)).status_code == 200
