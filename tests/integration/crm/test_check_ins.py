"""Coming by day after day, over HTTP and at the same moment."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import build_sessions, unit_of_work
from app.core.enums.members import MemberKind
from app.core.enums.scopes import Scope
from app.services import catalog, crm
from tests.factories import members as shoppers
from tests.factories.crm import came, check_growth, make_check_in_plan
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff

ME = "/api/v1/me/check-ins"
PLANS = "/api/v1/admin/check-in-plans"


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def plan(session, shop):
    return await make_check_in_plan(session, shop.channel.id)


@pytest.fixture
async def lin(session, shop):
    return await shoppers.bearer(session, shop.member)


async def points_of(client, headers):
    return (await client.get("/api/v1/me/points", headers=headers)).json()["available"]


async def test_a_day_counts_once(client, session, plan, lin):
    first = await client.post(ME, headers=lin)
    assert first.status_code == 200, first.text
    today = first.json()["day_on"]
    assert first.json() == {"day_on": today, "streak": 1, "points": 10, "is_new": True}
    again = await client.post(ME, headers=lin)
    assert again.json() == first.json() | {"is_new": False}
    assert await points_of(client, lin) == 10
    shown = await client.get(ME, headers=lin)
    assert shown.json() == {
        "today_on": today,
        "time_zone": "Asia/Shanghai",
        "points_by_day": [10, 20, 50],
        "is_checked_in": True,
        "streak": 1,
        "next_points": 20,
        "days": [{"day_on": today, "streak": 1, "points": 10}],
    }
    await check_growth(session)


@pytest.mark.parametrize(
    ("days_ago", "before", "streak", "points"),
    [(1, 1, 2, 20), (1, 2, 3, 50), (1, 3, 4, 10), (2, 2, 1, 10)],
)
async def test_days_in_a_row_bring_more(
    client, session, shop, plan, lin, days_ago, before, streak, points
):
    for day in range(before):
        await came(session, plan, shop.member.id, days_ago + day, before - day)
    shown = (await client.get(ME, headers=lin)).json()
    assert (shown["is_checked_in"], shown["streak"], shown["next_points"]) == (
        False,
        streak - 1,
        points,
    )
    today = (await client.post(ME, headers=lin)).json()
    assert (today["streak"], today["points"]) == (streak, points)
    await check_growth(session)


async def test_points_live_as_long_as_the_plan_says(client, session, shop, lin):
    await make_check_in_plan(session, shop.channel.id, lifetime_days=7)
    await client.post(ME, headers=lin)
    expires = await session.scalar(text("SELECT expires_at FROM points_lots"))
    assert timedelta(0) <= clock.now() + timedelta(days=7) - expires < timedelta(minutes=5)


async def test_a_day_may_bring_nothing(client, session, shop, lin):
    await make_check_in_plan(session, shop.channel.id, points_by_day=[0, 5])
    assert (await client.post(ME, headers=lin)).json()["points"] == 0
    assert await session.scalar(text("SELECT count(*) FROM points_lots")) == 0
    await check_growth(session)


async def test_a_day_begins_at_midnight_of_the_plan(client, session, shop, lin):
    """Two zones a day apart are never on the same day."""
    plan = await make_check_in_plan(session, shop.channel.id, time_zone="Pacific/Kiritimati")
    east = (await client.post(ME, headers=lin)).json()["day_on"]
    plan.time_zone = "Pacific/Niue"
    await session.flush()
    west = (await client.get(ME, headers=lin)).json()
    assert west["today_on"] < east
    assert (await client.post(ME, headers=lin)).json()["is_new"] is False


async def test_a_month_is_shown_by_any_of_its_days(client, session, shop, plan, lin):
    await came(session, plan, shop.member.id, 400, 1)
    day = await session.scalar(text("SELECT day_on FROM check_ins"))
    for wanted in (day, day.replace(day=1)):
        shown = await client.get(ME, headers=lin, params={"month_on": str(wanted)})
        assert [each["day_on"] for each in shown.json()["days"]] == [str(day)]
    before = day.replace(day=1) - timedelta(days=1)
    assert (await client.get(ME, headers=lin, params={"month_on": str(before)})).json()[
        "days"
    ] == []
    assert (await client.get(ME, headers=lin, params={"month_on": "soon"})).status_code == 422


async def test_nobody_comes_where_nothing_is_given(client, session, shop, lin):
    assert (await client.post(ME, headers=lin)).status_code == 404
    await make_check_in_plan(session, shop.channel.id, is_active=False)
    assert (await client.post(ME, headers=lin)).status_code == 404
    guest = await shoppers.make_member(session, kind=MemberKind.GUEST, email=None)
    headers = await shoppers.bearer(session, guest)
    assert (await client.post(ME, headers=headers)).status_code == 401


async def test_many_requests_at_once_count_one_day(fresh_engine):
    """The member's lock makes the others wait and see; without it the key would refuse them."""
    for connection in [await fresh_engine.connect() for _ in range(8)]:
        await connection.close()
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await make_check_in_plan(session, shop.channel.id)

    async def come():
        async with unit_of_work(sessions) as session:
            channel = await catalog.channel(session, shop.channel.id)
            return await crm.check_in(session, channel, member_id=shop.member.id)

    found = await asyncio.gather(*(come() for _ in range(8)))
    assert sorted(each.is_new for each in found) == [False] * 7 + [True]
    assert {(each.streak, each.points) for each in found} == {(1, 10)}
    async with unit_of_work(sessions) as session:
        assert await session.scalar(text("SELECT sum(quantity) FROM points_lots")) == 10
        await check_growth(session)


@pytest.fixture
async def headers(session):
    staff = await make_staff(session, scopes=(Scope.PROMOTIONS_READ, Scope.PROMOTIONS_WRITE))
    return await bearer(session, staff)


async def test_staff_keep_one_plan_a_channel(client, shop, headers):
    body = {"channel_id": str(shop.channel.id), "points_by_day": [1, 2]}
    made = await client.post(PLANS, json=body, headers=headers)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert (await client.post(PLANS, json=body, headers=headers)).status_code == 409
    url = f"{PLANS}/{UUID(made.json()['id'])}"
    terms = {"points_by_day": [5], "time_zone": "Europe/Berlin", "lifetime_days": 30}
    edited = await client.put(url, json=terms, headers=headers | {"If-Match": '"1"'})
    assert edited.json() == made.json() | terms | {
        "version": 2,
        "updated_at": edited.json()["updated_at"],
    }
    assert (await client.get(url, headers=headers)).json() == edited.json()
    assert (await client.get(PLANS, headers=headers)).json()["items"] == [edited.json()]
    stale = await client.put(url, json=terms, headers=headers | {"If-Match": '"1"'})
    assert stale.status_code == 412
    missing = await client.put(
        f"{PLANS}/{uuid4()}", json=terms, headers=headers | {"If-Match": '"1"'}
    )
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        {"points_by_day": []},
        {"points_by_day": [1] * 32},
        {"points_by_day": [-1]},
        {"time_zone": "Mars/Olympus"},
        {"lifetime_days": 0},
        {"channel_id": str(uuid4())},
        {"more": 1},
    ],
)
async def test_what_makes_no_plan_is_refused(client, shop, headers, values):
    body = {"channel_id": str(shop.channel.id), "points_by_day": [1]} | values
    assert (await client.post(PLANS, json=body, headers=headers)).status_code == 422


async def test_reading_is_not_writing(client, session, shop):
    reader = await bearer(session, await make_staff(session, scopes=(Scope.PROMOTIONS_READ,)))
    assert (await client.get(PLANS, headers=reader)).status_code == 200
    body = {"channel_id": str(shop.channel.id), "points_by_day": [1]}
    assert (await client.post(PLANS, json=body, headers=reader)).status_code == 403
