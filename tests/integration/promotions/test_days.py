"""Limits by day: of everybody, of one member, by the promotion's clock."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.core.ids import new_id
from app.services import promotions
from app.services.promotions import Exhausted
from tests.factories.orders import place
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.batching import failing
from tests.integration.promotions.buying import quote_for, reserve, states
from tests.integration.promotions.test_api import PROMOTIONS, draft_for, marketer
from tests.integration.promotions.test_races import take
from tests.statements import Statements

YESTERDAY = "day = day - 1"


async def bought(session, shop, quoted, member_id=None):
    order_id = new_id()
    await reserve(session, quoted, order_id, member_id or shop.member.id)
    return order_id


async def shop_with(session, **limits):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **limits)
    return shop, promotion, await quote_for(session, shop, (shop.sku_ids[0], 1))


async def test_a_day_ends_and_the_next_begins_anew(session, engine):
    shop, promotion, quoted = await shop_with(session, uses_per_day=2)
    with Statements(engine) as statements:
        first = await bought(session, shop, quoted)
    assert statements.count == 2
    await bought(session, shop, quoted)
    with pytest.raises(Exhausted) as refusal:
        async with session.begin_nested():
            await bought(session, shop, quoted)
    assert refusal.value.context == {"promotion_ids": [str(promotion.id)]}
    shown = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert [(each.reason, dict(each.detail)) for each in shown.quote.rejected] == [
        ("EXHAUSTED", {"remaining_uses": 0})
    ]
    await promotions.release_uses(session, first, was_paid=False)
    await bought(session, shop, quoted)
    for table in ("promotion_uses", "promotion_days"):
        await session.execute(text(f"UPDATE {table} SET {YESTERDAY}"))
    shown = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert len(shown.quote.applied) == 1
    await bought(session, shop, quoted)


async def test_a_use_of_yesterday_is_given_back_to_yesterday(session):
    shop, _, quoted = await shop_with(session, uses_per_day=3)
    order_id = await bought(session, shop, quoted)
    for table in ("promotion_uses", "promotion_days"):
        await session.execute(text(f"UPDATE {table} SET {YESTERDAY}"))
    await bought(session, shop, quoted)
    await promotions.consume_uses(session, order_id)
    await promotions.release_uses(session, order_id, was_paid=True)
    days = await session.execute(text("SELECT used FROM promotion_days ORDER BY day"))
    assert [row.used for row in days] == [0, 1]


@pytest.mark.parametrize(
    ("limits", "first_day", "in_all"),
    [
        ({"uses_per_member_per_day": 1}, 1, 2),
        ({"uses_per_member_per_day": 2, "uses_per_member": 3}, 2, 3),
    ],
)
async def test_a_member_may_so_often_a_day(session, limits, first_day, in_all):
    shop, promotion, quoted = await shop_with(session, **limits)

    async def uses_until_refused():
        count = 0
        while (await quote_for(session, shop, (shop.sku_ids[0], 1))).quote.applied:
            await bought(session, shop, quoted)
            count += 1
        with pytest.raises(Exhausted):
            async with session.begin_nested():
                await bought(session, shop, quoted)
        return count

    assert await uses_until_refused() == first_day
    await session.execute(text(f"UPDATE promotion_uses SET {YESTERDAY}"))
    await uses_until_refused()
    assert len(await states(session, promotion.id)) == in_all


async def test_a_day_is_that_of_the_promotions_clock(session):
    shop, _, quoted = await shop_with(session, uses_per_day=5, time_zone="Pacific/Kiritimati")
    await bought(session, shop, quoted)
    day = await session.scalar(text("SELECT day FROM promotion_days"))
    assert day == (now() + timedelta(hours=14)).date()


async def test_a_guest_is_nobody_to_count_by(session):
    shop, _, _ = await shop_with(session, uses_per_member_per_day=1)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1), member_id=None)
    assert [each.reason for each in quoted.quote.rejected] == ["IDENTITY_REQUIRED"]


async def test_a_day_is_used_up_exactly(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        _, promotion, quoted = await shop_with(session, uses_per_day=7)
    got = await asyncio.gather(*(take(sessions, quoted, new_id(), new_id()) for _ in range(40)))
    assert sum(got) == 7
    async with sessions() as session:
        assert await states(session, promotion.id) == ["reserved"] * 7
    assert "days of a promotion count its uses" not in await failing(sessions)


async def test_tabs_of_one_member_get_what_one_day_allows(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop, promotion, quoted = await shop_with(session, uses_per_member_per_day=2)
    got = await asyncio.gather(
        *(take(sessions, quoted, new_id(), shop.member.id) for _ in range(20))
    )
    assert sum(got) == 2
    async with sessions() as session:
        assert await states(session, promotion.id) == ["reserved"] * 2


@pytest.mark.parametrize(
    ("corruption", "name"),
    [
        ("UPDATE promotion_days SET used = 2", "days of a promotion count its uses"),
        (
            "UPDATE promotion_quotas SET uses_per_member_per_day = 0",
            "no member uses a promotion more often a day than allowed",
        ),
        (
            "UPDATE promotion_quotas SET uses_per_member = 0",
            "no member uses a promotion more often than allowed",
        ),
    ],
)
async def test_the_audit_sees_it(fresh_engine, corruption, name):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop, _, _ = await shop_with(
            session, uses_per_day=3, uses_per_member=3, uses_per_member_per_day=2
        )
        await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    assert await failing(sessions) == []
    async with unit_of_work(sessions) as session:
        await session.execute(text(corruption))
    assert await failing(sessions) == [name]


async def test_staff_set_limits_by_day(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    limits = {"uses_per_day": 100, "uses_per_member_per_day": 1, "time_zone": "Asia/Tokyo"}
    made = await client.post(PROMOTIONS, json=draft_for(shop, **limits), headers=headers)
    assert {name: made.json()[name] for name in limits} == limits
    shop.channel.time_zone = "Europe/Berlin"
    await session.flush()
    unsaid = await client.post(PROMOTIONS, json=draft_for(shop, code="unsaid"), headers=headers)
    assert unsaid.json()["time_zone"] == "Europe/Berlin"
    nowhere = draft_for(shop, code="other", time_zone="Mars/Olympus")
    refused = await client.post(PROMOTIONS, json=nowhere, headers=headers)
    assert (refused.status_code, refused.json()["field"]) == (422, "time_zone")
