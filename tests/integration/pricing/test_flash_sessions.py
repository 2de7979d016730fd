"""Flash sessions: kept by operators, shown to shoppers."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.ids import new_id
from app.services import pricing
from app.services.pricing import QuotaExhausted, QuotaUse
from tests.factories.pricing import make_flash_session
from tests.factories.shop import make_shop
from tests.integration.pricing.test_api import pricer
from tests.statements import Statements

SESSIONS = "/api/v1/admin/flash-sessions"
SHOWN = "/api/v1/flash-sessions"


def terms(*items, starts_in=-60, ends_in=3_600, **values):
    return {
        "name": "Ten o'clock",
        "starts_at": (now() + timedelta(seconds=starts_in)).isoformat(),
        "ends_at": (now() + timedelta(seconds=ends_in)).isoformat(),
        "items": list(items),
        **values,
    }


def offer(sku_id, price_minor=6_000, quota=5, per_member=2):
    return {
        "sku_id": str(sku_id),
        "price_minor": price_minor,
        "quota": quota,
        "per_member": per_member,
    }


async def make(client, headers, *items, **values):
    body = {"code": "ten", "currency": "CNY"} | terms(*items, **values)
    answer = await client.post(SESSIONS, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_session_is_made_activated_edited_and_stopped(client, session):
    headers = await pricer(session)
    tea, cup, _ = (await make_shop(session)).sku_ids
    made = await make(client, headers, offer(tea))
    url = f"{SESSIONS}/{made['id']}"
    assert (made["state"], made["quota"], made["version"]) == ("stopped", 5, 1)
    assert (await client.get(SHOWN)).json() == {"items": []}
    running = await client.post(f"{url}/activate", headers=headers | {"If-Match": '"1"'})
    assert (running.json()["state"], running.headers["etag"]) == ("running", '"2"')
    edited = await client.put(
        url, json=terms(offer(cup, quota=None)), headers=headers | {"If-Match": '"2"'}
    )
    shown = edited.json()
    assert [(each["sku_id"], each["quota"], each["sold"]) for each in shown["items"]] == [
        (str(cup), None, 0)
    ]
    assert (shown["state"], shown["version"]) == ("running", 3)
    stale = await client.put(url, json=terms(), headers=headers | {"If-Match": '"2"'})
    assert stale.status_code == 412
    for _ in range(2):
        stopped = await client.post(f"{url}/stop", headers=headers)
        assert (stopped.json()["state"], stopped.json()["version"]) == ("stopped", 4)
    assert (await client.get(url, headers=headers)).json() == stopped.json()


async def test_offers_alone_make_a_new_version(client, session):
    headers = await pricer(session)
    tea = (await make_shop(session)).sku_ids[0]
    made = await make(client, headers, offer(tea))
    same = {key: made[key] for key in ("name", "starts_at", "ends_at", "blocks_promotions")}
    body = same | {"items": [offer(tea, price_minor=5_500)]}
    edited = await client.put(
        f"{SESSIONS}/{made['id']}", json=body, headers=headers | {"If-Match": '"1"'}
    )
    assert (edited.json()["version"], edited.json()["items"][0]["price_minor"]) == (2, 5_500)
    again = await client.put(
        f"{SESSIONS}/{made['id']}", json=body, headers=headers | {"If-Match": '"2"'}
    )
    assert again.json()["version"] == 2


@pytest.mark.parametrize(
    ("values", "field"), [({"ends_in": -1}, "ends_at"), ({"items": []}, "items")]
)
async def test_what_could_sell_nothing_is_not_activated(client, session, values, field):
    headers = await pricer(session)
    tea = (await make_shop(session)).sku_ids[0]
    offers = [] if "items" in values else [offer(tea)]
    made = await make(client, headers, *offers, **{"starts_in": -60, **values, "items": offers})
    answer = await client.post(
        f"{SESSIONS}/{made['id']}/activate", headers=headers | {"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    shown = await client.get(f"{SESSIONS}/{made['id']}", headers=headers)
    assert shown.json()["version"] == 1


async def test_bad_sessions_are_refused(client, session):
    headers = await pricer(session)
    tea = (await make_shop(session)).sku_ids[0]
    body = {"code": "ten", "currency": "CNY"}
    twice = await client.post(SESSIONS, json=body | terms(offer(tea), offer(tea)), headers=headers)
    assert twice.status_code == 422
    unknown = await client.post(SESSIONS, json=body | terms(offer(uuid4())), headers=headers)
    assert unknown.json()["type"] == "/problems/unknown-skus"
    backwards = await client.post(
        SESSIONS, json=body | terms(offer(tea), starts_in=60, ends_in=30), headers=headers
    )
    assert backwards.json()["type"] == "/problems/invalid-price-list"
    missing = await client.get(f"{SESSIONS}/{uuid4()}", headers=headers)
    assert missing.status_code == 404


async def test_a_price_list_of_another_kind_is_no_session(client, session):
    headers = await pricer(session)
    shop = await make_shop(session)
    for url in (f"{SESSIONS}/{shop.price_list.id}", f"{SESSIONS}/{shop.price_list.id}/stop"):
        method = "POST" if url.endswith("stop") else "GET"
        assert (await client.request(method, url, headers=headers)).status_code == 404


async def test_sessions_are_listed_by_where_they_stand(client, session):
    headers = await pricer(session)
    tea = (await make_shop(session)).sku_ids[0]
    made = {
        "running": await make_flash_session(session, tea, quota=5),
        "scheduled": await make_flash_session(session, tea, starts_in=60),
        "ended": await make_flash_session(session, tea, ends_in=-1),
        "stopped": await make_flash_session(session, tea, is_active=False),
    }
    for state, row in made.items():
        answer = await client.get(SESSIONS, params={"state": state}, headers=headers)
        assert [(each["id"], each["state"]) for each in answer.json()["items"]] == [
            (str(row.id), state)
        ]
    answer = await client.get(SESSIONS, params={"limit": 3}, headers=headers)
    assert len(answer.json()["items"]) == 3
    after = answer.json()["next_after"]
    rest = await client.get(SESSIONS, params={"after": after}, headers=headers)
    assert [each["id"] for each in rest.json()["items"]] == [str(made["running"].id)]


async def test_what_was_sold_stays_sold(client, session):
    headers = await pricer(session)
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    row = await make_flash_session(session, tea, quota=5)
    await pricing.use_quota(session, new_id(), shop.member.id, [QuotaUse(tea, row.id, 1, 2)])
    for items, quota in (([], 0), ([offer(tea, quota=1)], 1)):
        answer = await client.put(
            f"{SESSIONS}/{row.id}", json=terms(*items), headers=headers | {"If-Match": '"1"'}
        )
        assert answer.json()["type"] == "/problems/quota-below-sold"
        assert [(each["sold"], each["quota"]) for each in answer.json()["rows"]] == [(2, quota)]


async def test_shoppers_see_countdowns_and_what_is_left(client, session, engine):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    now_on = await make_flash_session(session, tea, quota=4)
    coming = await make_flash_session(session, cup, starts_in=90, quota=3)
    await make_flash_session(session, cup, ends_in=-1)
    await make_flash_session(session, cup, is_active=False)
    until = now() + timedelta(minutes=5)
    order_id = new_id()

    async def shown():
        with Statements(engine) as statements:
            found = (await client.get(SHOWN)).json()["items"]
        assert statements.count <= 2
        return found

    first, second = await shown()
    assert (first["id"], second["id"]) == (str(now_on.id), str(coming.id))
    assert (first["state"], first["starts_in_seconds"]) == ("running", 0)
    assert second["state"] == "scheduled"
    assert 80 <= second["starts_in_seconds"] <= 100
    (tea_offer,) = first["items"]
    assert (tea_offer["price_minor"], tea_offer["list_minor"]) == (6_000, 10_000)
    assert (tea_offer["sold_percent"], tea_offer["state"]) == (0, "available")
    use = QuotaUse(tea, now_on.id, 1, 3)
    await pricing.use_quota(session, new_id(), shop.member.id, [use])
    assert (await shown())[0]["items"][0]["sold_percent"] == 75
    last = QuotaUse(tea, now_on.id, 1, 1)
    await pricing.use_quota(session, order_id, shop.member.id, [last], held_until=until)
    assert (await shown())[0]["items"][0]["state"] == "held"
    await pricing.settle_quota(session, order_id)
    assert (await shown())[0]["items"][0]["state"] == "sold_out"
    await pricing.release_quota(session, order_id)
    assert (await shown())[0]["items"][0]["state"] == "available"


@pytest.mark.parametrize(
    "change",
    [
        "is_active = false",
        "ends_at = now() - interval '1 second', starts_at = now() - interval '2 seconds'",
        "starts_at = now() + interval '1 minute'",
    ],
)
async def test_a_stopped_session_sells_nothing_to_whoever_saw_it_running(session, change):
    """The quote was made while it ran; what counts is the moment of taking."""
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    row = await make_flash_session(session, tea, quota=5)
    await session.execute(
        text(f"UPDATE price_lists SET {change} WHERE id = :id"),
        {"id": row.id},
    )
    with pytest.raises(QuotaExhausted):
        await pricing.use_quota(session, new_id(), shop.member.id, [QuotaUse(tea, row.id, 1, 1)])
