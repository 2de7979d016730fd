"""Two processes on one database: what begins and ends by itself does so in every answer."""

from datetime import datetime

from app.core.clock import now
from app.core.enums.pricing import PriceListKind
from tests.factories.pricing import make_price_list, put_price
from tests.integration.catalog.town import PLAIN, SOON, TEN_LESS, until
from tests.integration.promotions.offering import card


async def test_a_promotion_starts_and_ends_by_the_clock(town):
    await town.show(*PLAIN)
    starts_at = now() + SOON
    ends_at = starts_at + SOON
    await town.promote(starts_at=starts_at, ends_at=ends_at)
    await town.show(*PLAIN)
    assert now() < starts_at
    await until(starts_at)
    await town.show(*TEN_LESS)
    assert now() < ends_at
    await until(ends_at)
    await town.show(*PLAIN)


async def test_hours_open_and_close_by_the_clock(town):
    await town.show(*PLAIN)
    opens = now() + SOON
    closes = opens + SOON
    hours = {
        "type": "time_of_day",
        "from": opens.time().isoformat(),
        "to": closes.time().isoformat(),
        "utc_offset_minutes": 0,
    }
    await town.promote(condition={"all": [hours]})
    await town.show(*PLAIN)
    await until(opens)
    await town.show(*TEN_LESS)
    await until(closes)
    await town.show(*PLAIN)


async def test_a_scheduled_price_opens_and_closes_by_the_clock(town):
    await town.show(*PLAIN)
    starts_at = now() + SOON
    ends_at = starts_at + SOON
    async with town.sessions.begin() as session:
        flash = await make_price_list(
            session, kind=PriceListKind.FLASH, starts_at=starts_at, ends_at=ends_at
        )
        await put_price(session, flash.id, town.shop.sku_ids[1], 100)
    await town.show(*PLAIN)
    await until(starts_at)
    await town.show(10_000, 100, 5_000)
    shown = await card(town.processes[0], town.shop)
    assert datetime.fromisoformat(shown["price_ends_at"]) == ends_at
    await until(ends_at)
    await town.show(*PLAIN)


async def test_a_planned_change_of_a_price_comes_by_the_clock(town):
    await town.show(*PLAIN)
    at = now() + SOON
    await town.change(
        "UPDATE prices SET change_ats = ARRAY[CAST(:at AS timestamptz),"
        " CAST(:at AS timestamptz) + interval '2 seconds'], change_minors = ARRAY[100, 300]"
        " WHERE sku_id = :sku_id",
        at=at,
        sku_id=town.shop.sku_ids[1],
    )
    await town.show(*PLAIN)
    await until(at)
    await town.show(10_000, 100, 5_000)
    await until(at + SOON)
    await town.show(10_000, 300, 5_000)


async def test_an_activity_starts_and_is_over_by_the_clock(town):
    await town.show(*PLAIN)
    starts_at = now() + SOON
    row = await town.promote(starts_at=starts_at, ends_at=starts_at + SOON)

    async def states() -> set[str]:
        path = f"/api/v1/activities/{row.code}"
        answers = [(await process.get(path)).json() for process in town.processes]
        return {each["activity"]["state"] for each in answers}

    assert await states() == {"upcoming"}
    await until(starts_at)
    assert await states() == {"running"}
    await until(starts_at + SOON)
    assert await states() == {"ended"}
