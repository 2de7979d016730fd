"""Lotteries as staff keep them, over HTTP."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from tests.factories import members as shoppers
from tests.factories.lotteries import make_lottery, points
from tests.factories.payments import give_points
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.integration.promotions.batching import batch_of
from tests.integration.promotions.test_quote import COUPON

ALL = "/api/v1/admin/lotteries"
NOTHING = {"name": "Nothing", "kind": "nothing", "odds_ppm": 900_000, "is_consolation": True}
POINTS = {"name": "Points", "kind": "points", "odds_ppm": 100_000, "points": 5, "stock": 9}


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def headers(session):
    staff = await make_staff(session, scopes=(Scope.PROMOTIONS_READ, Scope.PROMOTIONS_WRITE))
    return await bearer(session, staff)


def body(shop, **values):
    return {
        "code": "spring",
        "channel_id": str(shop.channel.id),
        "name": "Spring draw",
        "prizes": [POINTS, NOTHING],
    } | values


def without(values, *names):
    return {name: value for name, value in values.items() if name not in names}


async def test_a_lottery_is_drafted_started_and_ended(client, shop, headers):
    made = await client.post(ALL, json=body(shop), headers=headers)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"'), made.text
    assert (made.json()["status"], made.json()["draws_per_day"]) == ("draft", 1)
    assert (await client.post(ALL, json=body(shop), headers=headers)).status_code == 409
    url = f"{ALL}/{made.json()['id']}"
    terms = without(body(shop, points_cost=3, prizes=[NOTHING | {"odds_ppm": 1_000_000}]), "code")
    del terms["channel_id"]
    first = headers | {"If-Match": '"1"'}
    edited = await client.put(url, json=terms, headers=first)
    assert (edited.json()["points_cost"], len(edited.json()["prizes"])) == (3, 1)
    assert (await client.put(url, json=terms, headers=first)).status_code == 412
    assert (await client.post(f"{url}/activate", headers=headers)).status_code == 428
    assert (await client.post(f"{url}/activate", headers=first)).status_code == 412
    active = await client.post(f"{url}/activate", headers=headers | {"If-Match": '"2"'})
    assert (active.json()["status"], active.headers["etag"]) == ("active", '"3"')
    third = headers | {"If-Match": '"3"'}
    for refused in (
        await client.put(url, json=terms, headers=third),
        await client.post(f"{url}/activate", headers=third),
    ):
        assert (refused.status_code, refused.json()["current"]) == (409, "active")
    ended = await client.post(f"{url}/end", headers=third)
    assert ended.json()["status"] == "ended"
    again = await client.post(f"{url}/end", headers=headers | {"If-Match": '"4"'})
    assert again.status_code == 409
    assert (await client.get(url, headers=headers)).json() == ended.json()
    listed = (await client.get(ALL, headers=headers)).json()["items"]
    assert listed == [without(ended.json(), "prizes")]


@pytest.mark.parametrize(
    "values",
    [
        {"prizes": []},
        {"prizes": [NOTHING]},
        {"prizes": [NOTHING | {"odds_ppm": 1_000_000, "is_consolation": False}]},
        {"prizes": [NOTHING, NOTHING | {"odds_ppm": 100_000}]},
        {"prizes": [NOTHING | {"odds_ppm": 1_000_000, "stock": 5}]},
        {"prizes": [without(POINTS, "points"), NOTHING]},
        {"prizes": [POINTS | {"is_consolation": True}, NOTHING | {"is_consolation": False}]},
        {"prizes": [POINTS | {"kind": "nothing"}, NOTHING]},
        {"prizes": [POINTS | {"kind": "coupon"}, NOTHING]},
        {"prizes": [POINTS | {"kind": "coupon", "points": None}, NOTHING]},
        {"prizes": [POINTS | {"kind": "car"}, NOTHING]},
        {"prizes": [POINTS | {"odds_ppm": -1}, NOTHING]},
        {"starts_at": "2026-12-02T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"},
        {"points_cost": -1},
        {"draws_per_day": 0},
        {"draws_per_member": 0},
        {"channel_id": str(uuid4())},
        {"more": 1},
    ],
)
async def test_what_makes_no_lottery_is_refused(client, shop, headers, values):
    refused = await client.post(ALL, json=body(shop, **values), headers=headers)
    assert refused.status_code == 422, refused.text


async def test_coupons_come_from_batches_of_prizes(client, session, shop, headers):
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    for kind, status in (("claim", 422), ("prize", 201)):
        batch = await batch_of(session, promotion, kind)
        won = {"name": "Coupon", "kind": "coupon", "odds_ppm": 100_000, "batch_id": str(batch.id)}
        answer = await client.post(ALL, json=body(shop, prizes=[won, NOTHING]), headers=headers)
        assert answer.status_code == status, answer.text
    unknown = won | {"batch_id": str(uuid4())}
    answer = await client.post(
        ALL, json=body(shop, code="other", prizes=[unknown, NOTHING]), headers=headers
    )
    assert answer.status_code == 422


async def test_winners_and_totals(client, session, shop, headers):
    lottery = await make_lottery(session, shop.channel.id, points(5, stock=2), points_cost=1)
    await give_points(session, shop.member.id, 10)
    member = await shoppers.bearer(session, shop.member)
    for key in ("a", "b", "c"):
        url = f"/api/v1/lotteries/{lottery.id}/draws"
        await client.post(url, headers=member | {"idempotency-key": key})
    url = f"{ALL}/{lottery.id}"
    draws = (await client.get(f"{url}/draws", headers=headers)).json()["items"]
    assert [each["is_fallback"] for each in draws] == [True, False, False]
    assert {each["rolled_name"] for each in draws} == {"5 points"}
    assert {each["member_id"] for each in draws} == {str(shop.member.id)}
    won = await client.get(f"{url}/draws", headers=headers, params={"with_prize": "true"})
    assert won.json()["items"] == draws[1:]
    of_prize = {"prize_id": draws[0]["prize_id"]}
    lost = await client.get(f"{url}/draws", headers=headers, params=of_prize)
    assert lost.json()["items"] == draws[:1]
    page = (await client.get(f"{url}/draws", headers=headers, params={"limit": 2})).json()
    rest = {"limit": 2, "after": page["next_after"]}
    last = await client.get(f"{url}/draws", headers=headers, params=rest)
    assert page["items"] + last.json()["items"] == draws
    totals = (await client.get(f"{url}/totals", headers=headers)).json()
    assert without(totals, "prizes") == {
        "members": 1,
        "draws": 3,
        "fallbacks": 1,
        "points_given": 10,
        "points_taken": 3,
    }
    assert [(each["draws"], each["fallbacks"]) for each in totals["prizes"]] == [(2, 0), (1, 1)]


async def test_reading_is_not_writing(client, session, shop):
    reader = await bearer(session, await make_staff(session, scopes=(Scope.PROMOTIONS_READ,)))
    assert (await client.get(ALL, headers=reader)).status_code == 200
    assert (await client.post(ALL, json=body(shop), headers=reader)).status_code == 403
    for path in ("", "/draws", "/totals"):
        unknown = await client.get(f"{ALL}/{uuid4()}{path}", headers=reader)
        assert unknown.status_code == 404
    assert await session.scalar(text("SELECT count(*) FROM lotteries")) == 0
