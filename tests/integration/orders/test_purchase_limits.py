"""How many pieces one member may order, by day, week, month and for good."""

import asyncio
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.pricing import LimitPeriod
from app.core.enums.scopes import Scope
from app.core.errors import StaleVersion
from app.core.ids import new_id
from app.services import pricing
from app.services.pricing import PurchaseLimitReached, PurchaseLimitTerms
from tests.factories.counters import OrderCounter
from tests.factories.members import make_member
from tests.factories.orders import place
from tests.factories.payments import staff as staff_actor
from tests.factories.pricing import make_purchase_limit
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.statements import Statements

LIMITS = "/api/v1/admin/purchase-limits"


async def counts(session):
    rows = await session.execute(
        text("SELECT period_on, quantity FROM purchase_counts ORDER BY period_on, quantity")
    )
    return [tuple(row) for row in rows]


async def refusal(session, shop, *lines):
    async with session.begin_nested():
        with pytest.raises(PurchaseLimitReached) as caught:
            await place(session, shop.member.id, lines)
    return caught.value.context["rows"]


async def test_a_member_orders_up_to_the_limit_and_gets_it_back(sessions, session, shop):
    """C28: counted where the order is placed, given back with it."""
    tea = shop.sku_ids[0]
    await make_purchase_limit(session, sku_id=tea)
    counter = OrderCounter(sessions)
    placed = await counter.place(shop.member.id, [(tea, 2)])
    before = await counter.world()
    assert await refusal(session, shop, (tea, 1)) == [
        {"sku_id": str(tea), "limit": 2, "left": 0, "period": "day"}
    ]
    assert await counter.world() == before
    other = await make_member(session)
    await place(session, other.id, [(tea, 1)])
    await counter.cancel(placed, None)
    await counter.cancel(placed, None)
    assert sorted(quantity for _, quantity in await counts(session)) == [0, 1]
    await place(session, shop.member.id, [(tea, 2)])


async def test_a_product_is_limited_over_all_its_skus(session, shop):
    tea, cup, pot = shop.sku_ids
    await make_purchase_limit(session, 3, spu_id=shop.spu.id)
    await make_purchase_limit(session, 1, sku_id=cup)
    assert await refusal(session, shop, (tea, 2), (pot, 2)) == [
        {"spu_id": str(shop.spu.id), "limit": 3, "left": 3, "period": "day"}
    ]
    await place(session, shop.member.id, [(tea, 1), (cup, 1)])
    refused = await refusal(session, shop, (tea, 1), (cup, 1))
    assert [(each["limit"], each["left"]) for each in refused] == [(3, 1), (1, 0)]
    await place(session, shop.member.id, [(tea, 1)])


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Shanghai"])
@pytest.mark.parametrize("period", list(LimitPeriod))
async def test_periods_begin_where_the_channel_is(session, shop, zone, period):
    """Its zone decides, not the server's: two of these are never on the same day."""
    tea = shop.sku_ids[0]
    await make_purchase_limit(session, period=period, sku_id=tea)
    await session.execute(text("UPDATE channels SET time_zone = :zone"), {"zone": zone})
    at: datetime = await session.scalar(text("SELECT now()"))
    today = at.astimezone(ZoneInfo(zone)).date()
    begins = {
        LimitPeriod.DAY: today,
        LimitPeriod.WEEK: today - timedelta(days=today.weekday()),
        LimitPeriod.MONTH: today.replace(day=1),
        LimitPeriod.EVER: date(1970, 1, 1),
    }
    await place(session, shop.member.id, [(tea, 1)])
    assert await counts(session) == [(begins[period], 1)]


async def test_a_new_day_begins_anew(session, shop):
    tea = shop.sku_ids[0]
    await make_purchase_limit(session, sku_id=tea)
    await place(session, shop.member.id, [(tea, 2)])
    for table in ("purchase_uses", "purchase_counts"):
        await session.execute(text(f"UPDATE {table} SET period_on = period_on - 1"))
    await place(session, shop.member.id, [(tea, 2)])
    assert [quantity for _, quantity in await counts(session)] == [2, 2]


@pytest.mark.parametrize(
    "values",
    [
        {"is_active": False},
        {"starts_at": datetime(2999, 1, 1, tzinfo=ZoneInfo("UTC"))},
        {"ends_at": datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC"))},
    ],
)
async def test_a_limit_that_is_not_open_counts_nothing(session, shop, values):
    await make_purchase_limit(session, 1, sku_id=shop.sku_ids[0], **values)
    await place(session, shop.member.id, [(shop.sku_ids[0], 5)])
    assert await counts(session) == []


async def test_a_lowered_limit_sells_no_more_and_still_takes_back(sessions, session, shop):
    tea = shop.sku_ids[0]
    limit = await make_purchase_limit(session, 3, sku_id=tea)
    counter = OrderCounter(sessions)
    placed = await counter.place(shop.member.id, [(tea, 3)])
    limit.max_quantity = 1
    await session.flush()
    assert (await refusal(session, shop, (tea, 1)))[0]["left"] == 0
    await counter.cancel(placed, None)
    await place(session, shop.member.id, [(tea, 1)])


async def test_goods_without_limits_cost_no_statement(session, shop, engine):
    await make_purchase_limit(session, sku_id=shop.sku_ids[1])
    with Statements(engine) as statements:
        await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    assert not any("purchase_counts" in each for each in statements.sent)


async def test_a_rush_of_one_member_gets_what_is_allowed(fresh_engine):
    """Also without the member's row, which orders hold: the count itself lets no more pass."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        tea = shop.sku_ids[0]
        await make_purchase_limit(session, 4, sku_id=tea)

    async def take():
        try:
            async with unit_of_work(sessions) as session:
                await pricing.use_purchase_limits(
                    session,
                    [(tea, 1)],
                    order_id=new_id(),
                    member_id=shop.member.id,
                    channel_id=shop.channel.id,
                )
        except PurchaseLimitReached:
            return False
        return True

    assert sum(await asyncio.gather(*(take() for _ in range(30)))) == 4
    async with sessions() as session:
        assert [quantity for _, quantity in await counts(session)] == [4]


async def test_giving_back_and_taking_at_once_counts_both(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        tea = shop.sku_ids[0]
        await make_purchase_limit(session, 50, sku_id=tea)
    orders = [new_id() for _ in range(20)]

    async def take(order_id):
        async with unit_of_work(sessions) as session:
            await pricing.use_purchase_limits(
                session,
                [(tea, 1)],
                order_id=order_id,
                member_id=shop.member.id,
                channel_id=shop.channel.id,
            )

    async def give_back(order_id):
        async with unit_of_work(sessions) as session:
            await pricing.release_purchase_limits(session, order_id)

    await asyncio.gather(*map(take, orders))
    more = [new_id() for _ in range(20)]
    await asyncio.gather(*map(give_back, orders), *map(take, more), *map(give_back, orders))
    async with sessions() as session:
        assert [quantity for _, quantity in await counts(session)] == [20]


async def test_of_people_who_edit_a_limit_at_once_one_is_heard(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        limit = await make_purchase_limit(session, sku_id=shop.sku_ids[0])

    async def edit(most):
        terms = PurchaseLimitTerms(name="edited", max_quantity=most, period=LimitPeriod.WEEK)
        try:
            async with unit_of_work(sessions) as session:
                row = await pricing.edit_purchase_limit(
                    session, limit.id, terms, version=1, actor=staff_actor()
                )
                return row.version
        except StaleVersion:
            return None

    said = await asyncio.gather(*(edit(most) for most in range(10, 18)))
    assert [each for each in said if each] == [2]


async def test_staff_keep_limits(client, session):
    shop = await make_shop(session)
    staff = await make_staff(session, scopes=(Scope.PRICING_READ, Scope.PRICING_WRITE))
    headers = await bearer(session, staff)
    body = {"name": "Two a day", "max_quantity": 2, "period": "day"}
    goods = {"sku_id": str(shop.sku_ids[0])}
    made = await client.post(LIMITS, json=body | goods, headers=headers)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    url = f"{LIMITS}/{made.json()['id']}"
    edited = await client.put(
        url, json=body | {"period": "week"}, headers=headers | {"If-Match": '"1"'}
    )
    assert (edited.json()["period"], edited.json()["version"]) == ("week", 2)
    stale = await client.put(url, json=body, headers=headers | {"If-Match": '"1"'})
    assert stale.status_code == 412
    assert (await client.get(url, headers=headers)).json() == edited.json()
    listed = await client.get(LIMITS, headers=headers)
    assert [each["id"] for each in listed.json()["items"]] == [made.json()["id"]]
    for wrong in ({}, goods | {"spu_id": str(shop.spu.id)}, {"sku_id": str(uuid4())}):
        answer = await client.post(LIMITS, json=body | wrong, headers=headers)
        assert answer.status_code == 422
    missing = await client.get(f"{LIMITS}/{uuid4()}", headers=headers)
    assert missing.status_code == 404


async def test_a_channel_has_a_time_zone_that_exists(client, session):
    await make_shop(session)
    staff = await make_staff(session, scopes=(Scope.CATALOG_READ, Scope.CATALOG_WRITE))
    headers = await bearer(session, staff)
    body = {
        "code": "jp",
        "name": "Japan",
        "kind": "storefront",
        "currency": "JPY",
        "country": "JP",
        "tax_mode": "inclusive",
    }
    url = "/api/v1/admin/channels"
    wrong = await client.post(url, json=body | {"time_zone": "Asia/Nowhere"}, headers=headers)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "time_zone")
    made = await client.post(url, json=body | {"time_zone": "Asia/Tokyo"}, headers=headers)
    assert made.json()["time_zone"] == "Asia/Tokyo"
    edit = headers | {"If-Match": '"1"'}
    url = f"{url}/{made.json()['id']}"
    assert (await client.patch(url, json={"time_zone": "Mars"}, headers=edit)).status_code == 422
