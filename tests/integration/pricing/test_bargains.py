"""Bargains: kept by staff, started by members, cut by others."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.enums.scopes import Scope
from app.models.bargains import BargainActivity
from app.services import pricing
from tests.factories.bargains import expire, finished, help_out, make_activity, start
from tests.factories.catalog import make_channel
from tests.factories.members import bearer as member_bearer
from tests.factories.members import make_member
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.statements import Statements

ACTIVITIES = "/api/v1/admin/bargain-activities"
SHOP = "/api/v1/bargains"
TERMS = {"start_minor": 10_000, "floor_minor": 6_000, "cuts": 3}


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def headers(session):
    staff = await make_staff(session, scopes=(Scope.PRICING_READ, Scope.PRICING_WRITE))
    return await bearer(session, staff)


def activity_of(shop, **values):
    ids = {"sku_id": str(shop.skus[0].id), "channel_id": str(shop.channel.id)}
    return ids | TERMS | values


async def test_an_activity_is_made_edited_and_read(client, shop, headers):
    made = await client.post(ACTIVITIES, json=activity_of(shop, quota=5), headers=headers)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert (made.json()["currency"], made.json()["sold"]) == ("CNY", 0)
    url = f"{ACTIVITIES}/{made.json()['id']}"
    terms = TERMS | {"cuts": 5, "tiers": ["gold"], "is_active": False, "helps_per_day": 1}
    edited = await client.put(url, json=terms, headers=headers | {"If-Match": '"1"'})
    assert edited.status_code == 200
    assert edited.json() == made.json() | terms | {
        "quota": None,
        "version": 2,
        "updated_at": edited.json()["updated_at"],
    }
    assert (await client.get(url, headers=headers)).json() == edited.json()
    assert (await client.get(ACTIVITIES, headers=headers)).json()["items"] == [edited.json()]
    stale = await client.put(url, json=terms, headers=headers | {"If-Match": '"1"'})
    assert stale.status_code == 412
    unconditional = await client.put(url, json=terms, headers=headers)
    assert unconditional.status_code == 428


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"floor_minor": 9_998}, 422),
        ({"cuts": 101}, 422),
        ({"sku_id": str(uuid4())}, 422),
        ({"channel_id": str(uuid4())}, 422),
        ({"starts_at": "2026-12-02T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"}, 422),
    ],
    ids=["too little to cut", "too many cuts", "no such SKU", "no such channel", "backwards"],
)
async def test_contradictions_are_refused(client, shop, headers, values, status):
    refused = await client.post(ACTIVITIES, json=activity_of(shop, **values), headers=headers)
    assert refused.status_code == status, refused.text


async def test_a_quota_is_not_less_than_what_is_taken(client, session, shop, headers):
    made = (await client.post(ACTIVITIES, json=activity_of(shop, quota=5), headers=headers)).json()
    row = await session.get_one(BargainActivity, UUID(made["id"]))
    row.sold = 3
    await session.flush()
    refused = await client.put(
        f"{ACTIVITIES}/{made['id']}",
        json=TERMS | {"quota": 2},
        headers=headers | {"If-Match": '"1"'},
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/quota-below-sold")


async def test_reading_alone_does_not_write(client, session, shop):
    staff = await make_staff(session, scopes=(Scope.PRICING_READ,))
    reader = await bearer(session, staff)
    assert (await client.get(ACTIVITIES, headers=reader)).status_code == 200
    refused = await client.post(ACTIVITIES, json=activity_of(shop), headers=reader)
    assert refused.status_code == 403


async def test_staff_see_what_was_started(client, session, shop, headers):
    activity = await make_activity(session, shop)
    bargain_id = await finished(session, activity, shop.member.id)
    found = await client.get(f"{ACTIVITIES}/{activity.id}/started", headers=headers)
    (one,) = found.json()["items"]
    assert (one["id"], one["member_id"]) == (str(bargain_id), str(shop.member.id))
    assert (one["cuts_made"], one["cut_minor"], one["order_id"]) == (3, 4_000, None)
    unknown = await client.get(f"{ACTIVITIES}/{uuid4()}/started", headers=headers)
    assert unknown.status_code == 404


async def test_running_activities_are_listed(client, session, shop):
    activity = await make_activity(session, shop, quota=4)
    await make_activity(session, shop, is_active=False)
    await make_activity(session, shop, ends_at=clock.now() - timedelta(hours=1))
    await make_activity(session, shop, start_minor=20_000, floor_minor=10_001)
    elsewhere = await make_channel(session)
    await make_activity(session, shop, channel_id=elsewhere.id)
    found = (await client.get(SHOP)).json()["items"]
    assert [each["id"] for each in found] == [str(activity.id)]
    assert found[0]["available"] == 4
    assert (found[0]["list_minor"], found[0]["floor_minor"], found[0]["cuts"]) == (10_000, 6_000, 3)


async def test_a_bargain_is_started_shared_and_cut(client, session, shop):
    activity = await make_activity(session, shop)
    own = await member_bearer(session, shop.member)
    made = await client.post(f"{SHOP}/{activity.id}/start", headers=own)
    assert (made.status_code, made.json()["is_new"]) == (200, True)
    again = await client.post(f"{SHOP}/{activity.id}/start", headers=own)
    assert again.json() == {"id": made.json()["id"], "is_new": False}
    url = f"{SHOP}/started/{made.json()['id']}"
    shown = (await client.get(url)).json()
    assert (shown["state"], shown["price_minor"], shown["made"]) == ("open", 10_000, [])
    refused = await client.post(f"{url}/cut", headers=own)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/own-bargain")
    price = 10_000
    for position in (1, 2, 3):
        helper = await member_bearer(session, await make_member(session))
        cut = (await client.post(f"{url}/cut", headers=helper)).json()
        price -= cut["amount_minor"]
        assert cut["is_new"]
        assert cut["bargain"]["price_minor"] == price
        assert cut["bargain"]["made"][-1]["position"] == position
        twice = (await client.post(f"{url}/cut", headers=helper)).json()
        assert twice == cut | {"is_new": False}
    assert price == 6_000
    assert (await client.get(url)).json()["state"] == "finished"
    late = await member_bearer(session, await make_member(session))
    over = await client.post(f"{url}/cut", headers=late)
    assert (over.json()["type"], over.json()["state"]) == ("/problems/bargain-over", "finished")
    assert (await client.post(f"{url}/cut")).status_code == 401


async def test_what_is_not_there_is_not_found(client, session, shop):
    own = await member_bearer(session, shop.member)
    closed = await make_activity(session, shop, starts_at=clock.now() + timedelta(hours=1))
    assert (await client.post(f"{SHOP}/{closed.id}/start", headers=own)).status_code == 404
    assert (await client.get(f"{SHOP}/started/{uuid4()}")).status_code == 404
    assert (await client.post(f"{SHOP}/started/{uuid4()}/cut", headers=own)).status_code == 404


async def test_who_cuts_decides_nothing(session, shop):
    """The seed alone does: the same bargain falls by the same amounts whoever helps."""
    activity = await make_activity(session, shop, cuts=6)
    found = []
    for _ in range(2):
        member = await make_member(session)
        bargain_id = await start(session, activity, member.id)
        await session.execute(
            text("UPDATE bargains SET seed = 42 WHERE id = :id"), {"id": bargain_id}
        )
        found.append(await help_out(session, bargain_id, 6))
    assert found[0] == found[1]
    assert sum(found[0]) == 4_000


async def test_one_helps_so_often_in_a_day_of_the_channel(session, shop):
    activity = await make_activity(session, shop, helps_per_day=2)
    other = await make_activity(session, shop, helps_per_day=1)
    helper = await make_member(session)

    async def help_new(activity):
        owner = await make_member(session)
        bargain_id = await start(session, activity, owner.id)
        return await pricing.cut_bargain(session, bargain_id, helper_id=helper.id)

    await help_new(activity)
    await help_new(activity)
    with pytest.raises(pricing.HelpedEnough):
        await help_new(activity)
    assert (await help_new(other)).is_new
    await session.execute(text("UPDATE bargain_cuts SET day_on = day_on - 1"))
    assert (await help_new(activity)).is_new
    day = await session.scalar(text("SELECT max(day_on) FROM bargain_cuts"))
    zone = {"zone": shop.channel.time_zone}
    local = text("SELECT CAST(now() AT TIME ZONE CAST(:zone AS text) AS date)")
    assert day == await session.scalar(local, zone)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
async def test_days_are_those_of_the_channel(session, shop, zone):
    """At any time, one of these zones has another day than the database."""
    shop.channel.time_zone = zone
    await session.flush()
    bargain_id = await start(session, await make_activity(session, shop), shop.member.id)
    await help_out(session, bargain_id, 1)
    assert await session.scalar(
        text(
            "SELECT day_on = CAST(now() AT TIME ZONE CAST(:zone AS text) AS date) FROM bargain_cuts"
        ),
        {"zone": zone},
    )


async def test_time_runs_out_and_another_may_be_started(session, shop):
    activity = await make_activity(session, shop)
    bargain_id = await start(session, activity, shop.member.id)
    await expire(session, bargain_id)
    with pytest.raises(pricing.BargainOver) as refused:
        await help_out(session, bargain_id, 1)
    assert refused.value.context["state"] == "expired"
    assert await start(session, activity, shop.member.id) != bargain_id


async def test_what_staff_stop_takes_no_cuts(session, shop):
    activity = await make_activity(session, shop)
    bargain_id = await start(session, activity, shop.member.id)
    activity.is_active = False
    await session.flush()
    with pytest.raises(pricing.BargainOver) as refused:
        await help_out(session, bargain_id, 1)
    assert refused.value.context["state"] == "stopped"


async def test_who_may_start(session, shop):
    gold = await make_activity(session, shop, tiers=["gold"])
    with pytest.raises(pricing.BargainNotForYou):
        await start(session, gold, shop.member.id)
    member = await make_member(session, tier="gold")
    assert await start(session, gold, member.id)
    sold_out = await make_activity(session, shop, quota=1, sold=1)
    with pytest.raises(pricing.BargainSoldOut):
        await start(session, sold_out, shop.member.id)


async def test_a_cut_takes_three_statements(session, engine, shop):
    bargain_id = await start(session, await make_activity(session, shop), shop.member.id)
    helper = await make_member(session)
    with Statements(engine) as sent:
        await pricing.cut_bargain(session, bargain_id, helper_id=helper.id)
    assert sent.count == 3, sent.sent
