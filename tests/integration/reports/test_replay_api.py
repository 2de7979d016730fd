"""Replays over HTTP."""

from uuid import uuid4

import pytest

from app.core.enums.scopes import Scope
from app.services import reports
from tests.factories.orders import place
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff

REPLAYS = "/api/v1/admin/promotions/replays"
DRAFT = {
    "name": "满100减20",
    "stage": "order",
    "currency": "CNY",
    "condition": {"all": [{"type": "min_amount", "amount_minor": 10_000}]},
    "action": {"type": "each", "every_minor": 10_000, "off_minor": 2_000},
}


@pytest.fixture
async def analyst(session):
    scopes = (Scope.PROMOTIONS_READ, Scope.PROMOTIONS_WRITE, Scope.ORDERS_READ)
    headers = await bearer(session, await make_staff(session, scopes=scopes))
    await session.commit()
    return headers


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await make_promotion(session, shop.merchant.id, name="Ten off")
    for quantity in (1, 3, 2):
        await place(session, shop.member.id, [(shop.sku_ids[0], quantity)])
    await place(session, shop.member.id, [(shop.sku_ids[2], 1)])
    await session.commit()
    return shop


async def asked(client, analyst, **body):
    body = {"drafts": [DRAFT], "unpaid_too": True} | body
    return await client.post(REPLAYS, json=body, headers=analyst)


async def replayed(client, analyst, sessions, **body):
    answer = await asked(client, analyst, **body)
    assert answer.status_code == 202, answer.text
    while await reports.replay_step(sessions, sessions):
        pass
    return f"{REPLAYS}/{answer.json()['id']}"


async def test_asked_for_done_and_read_page_by_page(client, sessions, analyst, shop):
    answer = await asked(client, analyst)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert (answer.json()["result"], answer.json()["total"]) == (None, None)
    (tried,) = answer.json()["tried"]
    assert (tried["name"], tried["is_saved"], tried["terms"]["action"]["type"]) == (
        DRAFT["name"],
        False,
        "each",
    )
    url = f"{REPLAYS}/{answer.json()['id']}"
    while await reports.replay_step(sessions, sessions):
        pass
    done = (await client.get(url, headers=analyst)).json()
    assert (done["state"], done["done"], done["total"]) == ("done", 4, 4)
    result = done["result"]
    assert result["payable"] == {"before": 61_000, "after": 53_000 - 1_000, "delta": -9_000}
    assert (result["changed"], result["reproduced"]) == (3, 4)
    assert sum(each["orders"] for each in result["deltas"]) == 3
    first = (await client.get(f"{url}/orders?limit=2", headers=analyst)).json()
    assert [each["delta_minor"] for each in first["items"]] == [-5_000, -3_000]
    assert first["items"][0]["after"] == [
        {"promotion_id": tried["promotion_id"], "amount_minor": 6_000}
    ]
    rest = await client.get(f"{url}/orders?after={first['next_after']}", headers=analyst)
    assert [each["delta_minor"] for each in rest.json()["items"]] == [-1_000]
    assert rest.json()["next_after"] is None
    nothing = await client.get(f"{url}/unreproduced", headers=analyst)
    assert nothing.json() == {"items": [], "next_after": None}
    listed = (await client.get(REPLAYS, headers=analyst)).json()
    assert [each["id"] for each in listed["items"]] == [done["id"]]
    over = await client.post(f"{url}/cancel", headers=analyst)
    assert (over.status_code, over.json()["type"]) == (409, "/problems/replay-over")


async def test_picture_and_page_tell_the_same_figures(client, sessions, analyst, shop):
    waiting = f"{REPLAYS}/{(await asked(client, analyst)).json()['id']}"
    empty = await client.get(f"{waiting}/chart.svg", headers=analyst)
    assert "没有变化" in empty.text
    url = await replayed(client, analyst, sessions)
    picture = await client.get(f"{url}/chart.svg", headers=analyst)
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["content-security-policy"].startswith("default-src 'none'")
    page = await client.get(f"{url}/report", headers=analyst)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for told in (picture.text, page.text):
        assert DRAFT["name"] in told
        assert "−90.00" in told
    assert "已完成 done · 4 / 4" in page.text
    for each in ("chart.svg", "report"):
        assert (await client.get(f"{REPLAYS}/{uuid4()}/{each}", headers=analyst)).status_code == 404
        assert (await client.get(f"{url}/{each}")).status_code == 401


async def test_a_replay_is_cancelled(client, analyst, shop):
    url = f"{REPLAYS}/{(await asked(client, analyst)).json()['id']}"
    for _ in range(2):
        answer = await client.post(f"{url}/cancel", headers=analyst)
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


async def test_no_more_than_three_wait(client, analyst, shop):
    for status in (202, 202, 202, 409):
        answer = await asked(client, analyst)
        assert answer.status_code == status
    assert (answer.json()["type"], answer.json()["most"]) == ("/problems/too-many-replays", 3)


@pytest.mark.parametrize(
    "body",
    [
        {"drafts": []},
        {"last_orders": 0},
        {"last_orders": 100_001},
        {"placed_from": "2026-01-02T00:00:00Z", "placed_to": "2026-01-02T00:00:00Z"},
        {"shift_days": -1},
        {"promotions": [str(uuid4())]},
        {"drafts": [DRAFT | {"action": {"type": "magic"}}]},
        {"channel": "nowhere"},
    ],
)
async def test_what_makes_no_sense_is_refused(client, analyst, shop, body):
    answer = await asked(client, analyst, **body)
    assert answer.status_code == 422, answer.text


async def test_it_takes_the_scopes_of_promotions_and_orders(client, session, shop):
    for scopes in ((Scope.PROMOTIONS_WRITE,), (Scope.PROMOTIONS_READ, Scope.ORDERS_READ)):
        headers = await bearer(session, await make_staff(session, scopes=scopes))
        assert (await asked(client, headers)).status_code == 403
    assert (await client.get(REPLAYS, headers=headers)).status_code == 200


async def test_unknown_ones_and_cursors_of_elsewhere(client, analyst, shop):
    gone = f"{REPLAYS}/{uuid4()}"
    for url in (gone, f"{gone}/orders", f"{gone}/unreproduced"):
        assert (await client.get(url, headers=analyst)).status_code == 404
    assert (await client.post(f"{gone}/cancel", headers=analyst)).status_code == 404
    assert (await client.get(f"{gone}/orders?after=x", headers=analyst)).status_code == 422
