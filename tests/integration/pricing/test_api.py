"""Price lists over HTTP."""

from uuid import uuid4

import pytest

from app.core.enums.scopes import Scope
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff

LISTS = "/api/v1/admin/price-lists"
SALE = {"code": "summer", "name": "Summer", "kind": "flash", "currency": "CNY"}


async def pricer(session):
    staff = await make_staff(session, scopes=(Scope.PRICING_READ, Scope.PRICING_WRITE))
    return await bearer(session, staff)


async def make_list(client, headers, **values):
    answer = await client.post(LISTS, json=SALE | values, headers=headers)
    assert answer.status_code == 201
    return answer.json()


async def test_a_list_is_scheduled_edited_and_closed(client, session):
    headers = await pricer(session)
    made = await make_list(client, headers, blocks_promotions=True)
    url = f"{LISTS}/{made['id']}"
    terms = {
        "name": "Late summer",
        "starts_at": "2026-08-01T00:00:00+08:00",
        "ends_at": "2026-08-08T00:00:00+08:00",
    }
    edited = await client.put(url, json=terms, headers=headers | {"If-Match": '"1"'})
    assert edited.status_code == 200
    shown = edited.json()
    assert (shown["starts_at"], shown["blocks_promotions"], shown["version"]) == (
        "2026-07-31T16:00:00Z",
        False,
        2,
    )
    assert (await client.get(url, headers=headers)).json() == shown
    stale = await client.put(url, json=terms, headers=headers | {"If-Match": '"1"'})
    assert stale.status_code == 412
    closed = await client.delete(url, headers=headers | {"If-Match": '"2"'})
    assert closed.status_code == 204
    listed = (await client.get(LISTS, headers=headers)).json()["items"]
    assert [(row["id"], row["is_active"]) for row in listed] == [(made["id"], False)]
    taken = await client.post(LISTS, json=SALE, headers=headers)
    assert taken.status_code == 409


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "member_tier"}, "tier"),
        ({"tier": "gold"}, "tier"),
        ({"kind": "channel"}, "channel_id"),
        (
            {"starts_at": "2026-08-02T00:00:00Z", "ends_at": "2026-08-02T00:00:00Z"},
            "ends_at",
        ),
        ({"channel_id": str(uuid4())}, "channel_id"),
    ],
)
async def test_terms_that_contradict_each_other_are_refused(client, session, values, field):
    headers = await pricer(session)
    answer = await client.post(LISTS, json=SALE | values, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_prices_are_set_listed_and_remembered(client, session):
    shop = await make_shop(session)
    headers = await pricer(session)
    made = await make_list(client, headers)
    url = f"{LISTS}/{made['id']}/prices"
    tea, cup, _ = map(str, shop.sku_ids)
    body = {
        "prices": [
            {"sku_id": tea, "price_minor": 900, "quota": 5, "per_member": 2},
            {"sku_id": tea, "price_minor": 800, "min_quantity": 3},
            {"sku_id": cup, "price_minor": 700},
        ]
    }
    first = await client.put(url, json=body, headers=headers)
    assert first.json() == {"changed": 3}
    again = await client.put(url, json=body, headers=headers)
    assert again.json() == {"changed": 0}
    seen, after = [], ""
    while True:
        page = (await client.get(f"{url}?limit=1{after}", headers=headers)).json()
        seen += [(row["sku_id"], row["min_quantity"]) for row in page["items"]]
        if page["next_after"] is None:
            break
        after = f"&after={page['next_after']}"
    assert seen == sorted([(tea, 1), (tea, 3), (cup, 1)])
    drop = {"prices": [{"sku_id": tea, "price_minor": 600}, {"sku_id": cup, "price_minor": None}]}
    await client.put(url, json=drop, headers=headers)
    told = (await client.get(f"{url}/{tea}/history?limit=2", headers=headers)).json()
    assert (told["current_minor"], told["lowest_minor"]) == (600, 600)
    assert [(row["old_minor"], row["new_minor"]) for row in told["items"]] == [
        (900, 600),
        (None, 800),
    ]
    assert told["next_after"] == told["items"][-1]["id"]
    assert told["items"][0]["actor"].startswith("admin:")


async def test_unknown_goods_and_lists_are_refused(client, session):
    headers = await pricer(session)
    made = await make_list(client, headers)
    unknown = str(uuid4())
    body = {"prices": [{"sku_id": unknown, "price_minor": 1}]}
    answer = await client.put(f"{LISTS}/{made['id']}/prices", json=body, headers=headers)
    assert (answer.status_code, answer.json()["sku_ids"]) == (422, [unknown])
    for url in (f"{LISTS}/{unknown}", f"{LISTS}/{unknown}/prices"):
        assert (await client.get(url, headers=headers)).status_code == 404
