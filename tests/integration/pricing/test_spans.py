"""What goods cost everybody over time, and the lowest price before a reduction, at the edges."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.core.enums.catalog import SkuStatus
from app.core.enums.pricing import PriceListKind
from app.core.enums.scopes import Scope
from app.services import pricing
from app.services.pricing import PriceRow
from tests.factories.pricing import make_price_list, put_price
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.integration.pricing.test_facts import channel_of
from tests.integration.reports.holding import assert_hold

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
async def shop(session):
    return await make_shop(session)


async def later(session, age: timedelta) -> None:
    """Let time pass: what began before begins so much earlier."""
    for step in (age + 1_000 * DAY, -1_000 * DAY):  # a detour, or one would land on another
        await session.execute(
            text(
                "UPDATE price_spans SET valid_from = valid_from - CAST(:age AS interval),"
                " valid_to = CASE WHEN valid_to > now() THEN valid_to"
                " ELSE valid_to - CAST(:age AS interval) END WHERE valid_from <= now()"
            ),
            {"age": step},
        )


async def sell_at(session, shop, minor: int | None) -> None:
    row = PriceRow(shop.sku_ids[0], minor)
    await pricing.set_prices(session, shop.price_list.id, [row], actor=None)


async def present(session, shop, at: datetime | None = None):
    """`(price, lowest before)` of the first SKU."""
    found = await pricing.present_price(session, shop.sku_ids[0], channel=channel_of(shop), at=at)
    return (found.price_minor, found.lowest_before_minor) if found else None


async def spans(session, shop):
    rows = await pricing.price_timeline(
        session, shop.sku_ids[0], channel=channel_of(shop), before=None, limit=50
    )
    return [(row.price_minor, row.valid_to is None) for row in reversed(rows)]


async def test_a_new_product_has_no_price_before(session, shop):
    assert await present(session, shop) == (10_000, None)
    await sell_at(session, shop, 9_000)
    assert await spans(session, shop) == [(9_000, True)], "one transaction, one price"


async def test_a_reduction_is_told_against_the_lowest_of_thirty_days_before_it(session, shop):
    """100 for long, 80 for a day, 100 for nine, now 90: the 80 of ten days ago counts."""
    await later(session, 40 * DAY)
    await sell_at(session, shop, 8_000)
    await later(session, DAY)
    await sell_at(session, shop, 10_000)
    await later(session, 9 * DAY)
    await sell_at(session, shop, 9_000)
    assert await present(session, shop) == (9_000, 8_000)
    await later(session, 5 * DAY)
    assert await present(session, shop) == (9_000, 8_000), "the days before it began stay the same"
    assert await spans(session, shop) == [
        (10_000, False),
        (8_000, False),
        (10_000, False),
        (9_000, True),
    ]
    await assert_hold(session, "prices")


@pytest.mark.parametrize(("age", "lowest"), [(30 * DAY - SECOND, 8_000), (30 * DAY, 10_000)])
async def test_thirty_days_end_at_their_instant(session, shop, age, lowest):
    """The 80 ended just inside the thirty days, or exactly when they began."""
    await later(session, 60 * DAY)
    await sell_at(session, shop, 8_000)
    await later(session, DAY)
    await sell_at(session, shop, 10_000)
    await later(session, age)
    await sell_at(session, shop, 9_000)
    assert await present(session, shop) == (9_000, lowest)


async def test_a_price_that_rose_was_not_reduced(session, shop):
    await later(session, 5 * DAY)
    await sell_at(session, shop, 12_000)
    assert await present(session, shop) == (12_000, 10_000)


async def test_setting_the_same_price_starts_nothing(session, shop):
    await later(session, 5 * DAY)
    dearer = await make_price_list(session, kind=PriceListKind.FLASH)
    await put_price(session, dearer.id, shop.sku_ids[0], 11_000)
    await put_price(session, dearer.id, shop.sku_ids[1], 1)
    assert await spans(session, shop) == [(10_000, True)]


async def test_windows_open_and_close_without_anybody_writing(session, shop):
    """A flash price from one instant to another: neither a microsecond more nor less."""
    start, end = now() + DAY, now() + 2 * DAY
    flash = await make_price_list(session, kind=PriceListKind.FLASH, starts_at=start, ends_at=end)
    await put_price(session, flash.id, shop.sku_ids[0], 6_000, quota=1)
    tick = timedelta(microseconds=1)
    assert [await present(session, shop, at) for at in (start - tick, start, end - tick, end)] == [
        (10_000, None),
        (6_000, 10_000),
        (6_000, 10_000),
        (10_000, 6_000),
    ]
    flash.ends_at = end + DAY
    await session.flush()
    assert await present(session, shop, end) == (6_000, 10_000)
    flash.is_active = False
    await session.flush()
    assert await spans(session, shop) == [(10_000, True)]


async def test_what_ended_early_stays_on_record(session, shop):
    flash = await make_price_list(session, kind=PriceListKind.FLASH)
    await later(session, DAY)
    await put_price(session, flash.id, shop.sku_ids[0], 6_000)
    await later(session, DAY)
    flash.is_active = False
    await session.flush()
    assert await spans(session, shop) == [(10_000, False), (6_000, False), (10_000, True)]
    assert await present(session, shop) == (10_000, 6_000)


async def test_prices_for_some_do_not_count(session, shop):
    tea = shop.sku_ids[0]
    for minor, terms in [
        (1, {"kind": PriceListKind.MEMBER_TIER, "tier": "gold"}),
        (2, {"kind": PriceListKind.B2B}),
        (3, {"kind": PriceListKind.GROUP_BUY}),
        (4, {"kind": PriceListKind.FLASH, "currency": "JPY"}),
    ]:
        row = await make_price_list(session, **terms)
        await put_price(session, row.id, tea, minor)
    await put_price(session, shop.price_list.id, tea, 5, min_quantity=2)
    assert await spans(session, shop) == [(10_000, True)]
    await assert_hold(session, "prices")


async def test_goods_nobody_can_buy_have_no_price(session, shop):
    await later(session, DAY)
    shop.skus[0].status = SkuStatus.INACTIVE
    await session.flush()
    assert await present(session, shop) is None
    await later(session, DAY)
    shop.skus[0].status = SkuStatus.ACTIVE
    await session.flush()
    assert await present(session, shop) == (10_000, 10_000)
    await later(session, DAY)
    await sell_at(session, shop, None)
    assert await present(session, shop) is None
    await assert_hold(session, "prices")


async def test_page_and_staff_are_told(client, session, shop):
    await later(session, 5 * DAY)
    await sell_at(session, shop, 9_000)
    await session.commit()
    page = (await client.get(f"/api/v1/products/{shop.spu.slug}")).json()
    assert [each["lowest_before_minor"] for each in page["skus"]] == [10_000, None, None]
    staff = await make_staff(session, scopes=(Scope.PRICING_READ,))
    headers = await bearer(session, staff)
    url = f"/api/v1/admin/price-timelines/{shop.sku_ids[0]}"
    first = (await client.get(f"{url}?limit=1", headers=headers)).json()
    assert first["present"]["price_minor"] == first["items"][0]["price_minor"] == 9_000
    assert first["present"]["lowest_before_minor"] == 10_000
    told = (first["present"]["since_at"], page["skus"][0]["price_since_at"])
    assert len({datetime.fromisoformat(each) for each in told}) == 1
    after = {"after": first["next_after"]}
    rest = (await client.get(url, params=after, headers=headers)).json()
    assert [each["price_minor"] for each in rest["items"]] == [10_000]
    assert rest["next_after"] is None


async def test_a_transaction_that_began_earlier_does_not_rewrite_the_past(fresh_engine):
    """It commits after another that began later: the instants that one noted stay."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    async with unit_of_work(sessions) as slow:
        began = await slow.scalar(text("SELECT now()"))
        async with unit_of_work(sessions) as quick:
            await sell_at(quick, shop, 9_000)
        await sell_at(slow, shop, 8_000)
    async with sessions() as session:
        rows = await pricing.price_timeline(
            session, shop.sku_ids[0], channel=channel_of(shop), before=None, limit=9
        )
        assert [row.price_minor for row in rows] == [8_000, 10_000]
        assert rows[0].valid_from == rows[1].valid_to > began
        await assert_hold(session, "prices")
