"""Planned changes of prices: to the instant, in bulk, approved, cancelled, remembered."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.pricing import PriceListKind
from app.core.enums.scopes import Scope
from app.models.pricing import PricePolicy
from app.services import pricing
from app.services.pricing import PriceRow, WantedLine
from app.services.pricing.engine import WantedPrice
from tests.factories.pricing import make_price_list, put_price
from tests.factories.shop import make_shop
from tests.factories.staff import actor_of, bearer, make_staff
from tests.integration.pricing.test_facts import channel_of
from tests.integration.reports.holding import assert_hold

PLANS = "/api/v1/admin/price-schedules"
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def headers(session):
    return await clerk(session)


async def clerk(session):
    staff = await make_staff(session, scopes=(Scope.PRICING_READ, Scope.PRICING_WRITE))
    return await bearer(session, staff)


async def instant(session) -> datetime:
    return await session.scalar(text("SELECT now()"))


async def plan(client, headers, list_id, *rows, at=None, status=201, path=""):
    """`rows` are `(sku id, price)` or `(sku id, price, pieces)`."""
    body = {
        "price_list_id": str(list_id),
        "reason": "Autumn",
        "takes_effect_at": at.isoformat() if at else None,
        "rows": [
            {"sku_id": str(sku), "price_minor": price, "min_quantity": rest[0] if rest else 1}
            for sku, price, *rest in rows
        ],
    }
    answer = await client.post(f"{PLANS}{path}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def price_at(session, shop, at):
    """What one piece of the first SKU costs at `at`; None when it is not for sale."""
    facts = await pricing.line_facts(
        session,
        [WantedLine("1", shop.sku_ids[0], 1)],
        channel=channel_of(shop),
        at=at,
        skip_unsaleable=True,
    )
    if not facts.lines:
        return None
    line = facts.lines[0]
    return min([line.list_minor, *(each.price_minor for each in line.prices)])


async def test_prices_change_at_their_instants_and_no_sooner(client, session, shop, headers):
    """100.00, 111.00 an hour from now, 90.00 an hour later; planned in the other order."""
    tea, list_id, now = shop.sku_ids[0], shop.price_list.id, await instant(session)
    first, second = now + HOUR, now + 2 * HOUR
    await plan(client, headers, list_id, (tea, 9_000), at=second)
    told = await plan(client, headers, list_id, (tea, 11_100), at=first)
    assert (told["state"], told["row_count"], told["largest_drop_bps"]) == ("scheduled", 1, 0)
    instants = (now, first - TICK, first, second - TICK, second, second + HOUR)
    found = [await price_at(session, shop, at) for at in instants]
    assert found == [10_000, 10_000, 11_100, 11_100, 9_000, 9_000]
    spans = await session.execute(
        text(
            "SELECT min_minor, max_minor FROM spu_prices WHERE spu_id = :id AND channel_id ="
            " :channel_id ORDER BY valid_from"
        ),
        {"id": shop.spu.id, "channel_id": shop.channel.id},
    )
    assert [tuple(row) for row in spans] == [(5_000, 20_000)] * 3
    present = await pricing.present_price(session, tea, channel=channel_of(shop), at=second)
    assert (present.price_minor, present.lowest_before_minor) == (9_000, 10_000)
    await assert_hold(session, "prices")


async def test_lists_are_sorted_by_the_price_of_their_instant(client, session, shop, headers):
    """The dearest SKU becomes the cheapest: what lists are sorted by follows without a job."""
    now = await instant(session)
    await plan(client, headers, shop.price_list.id, (shop.sku_ids[1], 100), at=now + HOUR)
    rows = await session.execute(
        text("SELECT min_minor, valid_to FROM spu_prices WHERE spu_id = :id ORDER BY valid_from"),
        {"id": shop.spu.id},
    )
    assert [row.min_minor for row in rows] == [5_000, 100]


async def test_a_price_may_begin_and_end_by_plan(client, session, shop, headers):
    tea, now = shop.sku_ids[0], await instant(session)
    sale = await make_price_list(session, kind=PriceListKind.FLASH)
    await plan(client, headers, sale.id, (tea, 5_000), at=now + HOUR)
    await plan(client, headers, sale.id, (tea, None), at=now + 2 * HOUR)
    found = [await price_at(session, shop, now + n * HOUR) for n in (0, 1, 2)]
    assert found == [10_000, 5_000, 10_000]
    listed = await client.get(f"/api/v1/admin/price-lists/{sale.id}/prices", headers=headers)
    (row,) = listed.json()["items"]
    assert row["price_minor"] is None
    assert [each["price_minor"] for each in row["changes"]] == [5_000, None]
    await assert_hold(session, "prices")


async def test_what_is_planned_survives_what_is_set(client, session, shop, headers):
    tea, now, list_id = shop.sku_ids[0], await instant(session), shop.price_list.id
    await plan(client, headers, list_id, (tea, 9_000), at=now + HOUR)
    await pricing.set_prices(session, list_id, [PriceRow(tea, 12_000)], actor=None)
    assert [await price_at(session, shop, now + n * HOUR) for n in (0, 1)] == [12_000, 9_000]
    await pricing.set_prices(session, list_id, [PriceRow(tea, None)], actor=None)
    assert [await price_at(session, shop, now + n * HOUR) for n in (0, 1)] == [None, 9_000]


async def test_a_plan_is_taken_back_until_a_minute_before(client, session, shop, headers):
    tea, cup, _ = shop.sku_ids
    now, list_id = await instant(session), shop.price_list.id
    sale = await make_price_list(session, kind=PriceListKind.FLASH)
    new = await plan(client, headers, sale.id, (tea, 1), (cup, 1), at=now + HOUR)
    kept = await plan(client, headers, list_id, (tea, 9_000), at=now + HOUR)
    body, match = {"reason": "Typo"}, headers | {"If-Match": '"1"'}
    gone = await client.post(f"{PLANS}/{new['id']}/cancel", json=body, headers=match)
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    assert await price_at(session, shop, now + HOUR) == 9_000
    assert (
        await session.scalar(
            text("SELECT count(*) FROM prices WHERE price_list_id = :id"), {"id": sale.id}
        )
        == 0
    )
    again = await client.post(
        f"{PLANS}/{new['id']}/cancel", json=body, headers=headers | {"If-Match": '"2"'}
    )
    assert (again.status_code, again.json()["state"]) == (409, "cancelled")
    await session.execute(
        text("UPDATE price_schedules SET takes_effect_at = now() + interval '50 seconds'")
    )
    late = await client.post(f"{PLANS}/{kept['id']}/cancel", json=body, headers=match)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/schedule-too-soon")


async def test_plans_for_too_soon_and_for_the_same_instant_are_refused(
    client, session, shop, headers
):
    tea, now, list_id = shop.sku_ids[0], await instant(session), shop.price_list.id
    soon = datetime.now(now.tzinfo) + timedelta(seconds=55)
    refused = await plan(client, headers, list_id, (tea, 1), at=soon, status=409)
    assert refused["type"] == "/problems/schedule-too-soon"
    await plan(client, headers, list_id, (tea, 9_000), at=now + HOUR)
    twice = await plan(client, headers, list_id, (tea, 8_000), at=now + HOUR, status=422)
    assert [each["code"] for each in twice["faults"]] == ["SAME_INSTANT"]


async def test_a_deep_fall_takes_four_eyes(client, session, shop, headers):
    """From 30 % on somebody else approves it; a plan for now takes effect then."""
    session.add(PricePolicy(approval_drop_bps=3_000))
    await session.flush()
    tea, list_id = shop.sku_ids[0], shop.price_list.id
    small = await plan(client, headers, list_id, (tea, 7_001))
    assert (small["state"], small["needs_approval"]) == ("applied", False)
    deep = await plan(client, headers, list_id, (tea, 4_900))
    assert (deep["state"], deep["largest_drop_bps"]) == ("pending", 3_001)
    now = await instant(session)
    assert await price_at(session, shop, now) == 7_001
    approve = f"{PLANS}/{deep['id']}/approve"
    own = await client.post(approve, headers=headers | {"If-Match": '"1"'})
    assert (own.status_code, own.json()["type"]) == (403, "/problems/second-person-needed")
    other = await clerk(session)
    done = await client.post(approve, headers=other | {"If-Match": '"1"'})
    assert (done.status_code, done.json().get("state")) == (200, "applied"), done.text
    assert await price_at(session, shop, now) == 4_900
    history = await client.get(
        f"/api/v1/admin/price-lists/{list_id}/prices/{tea}/history", headers=headers
    )
    told = [(e["old_minor"], e["new_minor"], e["reason"]) for e in history.json()["items"]]
    assert told[:2] == [(7_001, 4_900, "Autumn"), (10_000, 7_001, "Autumn")]
    assert history.json()["items"][0]["schedule_id"] == deep["id"]
    again = await client.post(approve, headers=other | {"If-Match": '"2"'})
    assert again.status_code == 409


async def test_nobody_gets_around_the_four_eyes(client, session, shop, headers):
    url = f"/api/v1/admin/price-lists/{shop.price_list.id}/prices"
    tea, cup, _ = map(str, shop.sku_ids)
    body = {"prices": [{"sku_id": tea, "price_minor": 1}, {"sku_id": cup, "price_minor": 19_999}]}
    session.add(PricePolicy(approval_drop_bps=3_000))
    await session.flush()
    refused = await client.put(url, json=body, headers=headers)
    assert (refused.status_code, refused.json()["rows"]) == (
        409,
        [{"sku_id": tea, "min_quantity": 1, "drop_bps": 9_999, "warnings": []}],
    )
    body["prices"] = body["prices"][1:]
    assert (await client.put(url, json=body, headers=headers)).json() == {"changed": 1}


async def test_an_approval_finds_the_instant_taken(client, session, shop, headers):
    session.add(PricePolicy(approval_drop_bps=3_000))
    await session.flush()
    tea, now, list_id = shop.sku_ids[0], await instant(session), shop.price_list.id
    deep = await plan(client, headers, list_id, (tea, 1), at=now + HOUR)
    await plan(client, headers, list_id, (tea, 9_000), at=now + HOUR)
    answer = await client.post(
        f"{PLANS}/{deep['id']}/approve", headers=await clerk(session) | {"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (422, "SAME_INSTANT")


async def test_a_dry_run_tells_everything_and_writes_nothing(client, session, shop, headers):
    tea, cup, pot = shop.skus
    cup.cost_minor, cup.cost_currency = 15_001, "CNY"
    await session.flush()
    table = (
        f"sku_code,price_minor\n{tea.code},9000\n{cup.code},15000\n{pot.code},5000\n"
        f"NOBODY,1\n{tea.code},8000\n{pot.code},x\n"
    )
    body = {"price_list_id": str(shop.price_list.id), "reason": "Try", "table": table}
    answer = await client.post(f"{PLANS}/dry-run", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["rows"], told["unchanged"], told["largest_drop_bps"]) == (3, 1, 2_500)
    changes = [(e["old_minor"], e["new_minor"], e["warnings"]) for e in told["changes"]]
    assert changes == [(10_000, 9_000, []), (20_000, 15_000, ["BELOW_COST"])]
    assert [(e["row"], e["code"]) for e in told["faults"]] == [
        (4, "UNKNOWN_SKU"),
        (5, "REPEATED"),
        (6, "INVALID"),
    ]
    refused = await client.post(PLANS, json=body, headers=headers)
    assert (refused.status_code, len(refused.json()["faults"])) == (422, 3)
    none = body | {"table": "price_minor\n"}
    assert (await client.post(PLANS, json=none, headers=headers)).status_code == 422
    assert await session.scalar(text("SELECT count(*) FROM price_schedules")) == 0
    assert await price_at(session, shop, await instant(session)) == 10_000


async def test_plans_and_their_rows_are_read_page_by_page(client, session, shop, headers):
    rows = [(sku, 1_000, pieces) for sku in shop.sku_ids for pieces in (1, 5)]
    made = await plan(client, headers, shop.price_list.id, *rows)
    seen, after = [], ""
    while True:
        page = (
            await client.get(f"{PLANS}/{made['id']}/rows?limit=4{after}", headers=headers)
        ).json()
        seen += [(row["sku_id"], row["min_quantity"]) for row in page["items"]]
        if page["next_after"] is None:
            break
        after = f"&after={page['next_after']}"
    assert seen == sorted((str(sku), pieces) for sku, _, pieces in rows)
    listed = await client.get(f"{PLANS}?state=applied", headers=headers)
    assert [each["id"] for each in listed.json()["items"]] == [made["id"]]
    one = await client.get(f"{PLANS}/{made['id']}", headers=headers)
    assert (one.json(), one.headers["etag"]) == (made, '"1"')


async def test_past_changes_are_folded_into_price_and_history(client, session, shop, headers):
    """Two instants pass before the job comes: both are noted, each with its own time."""
    tea, now, list_id = shop.sku_ids[0], await instant(session), shop.price_list.id
    sale = await make_price_list(session, kind=PriceListKind.FLASH)
    await put_price(session, sale.id, tea, 9_500)
    one = await plan(client, headers, list_id, (tea, 9_000), at=now + HOUR)
    await plan(client, headers, list_id, (tea, 8_000), at=now + 2 * HOUR)
    await plan(client, headers, list_id, (tea, 7_000), at=now + 9 * HOUR)
    await plan(client, headers, sale.id, (tea, None), at=now + HOUR)
    back = 3 * HOUR
    await session.execute(
        text(
            "UPDATE prices SET change_ats = ARRAY(SELECT a - CAST(:back AS interval)"
            " FROM unnest(change_ats) a ORDER BY a) WHERE change_ats IS NOT NULL"
        ),
        {"back": back},
    )
    await session.execute(
        text(
            "UPDATE price_schedules SET takes_effect_at = takes_effect_at - CAST(:back AS interval)"
        ),
        {"back": back},
    )
    assert await price_at(session, shop, now) == 8_000
    assert await pricing.fold_prices(session, limit=10) == 3
    assert await pricing.fold_prices(session, limit=10) == 0
    assert await price_at(session, shop, now) == 8_000
    assert await price_at(session, shop, now + 6 * HOUR) == 7_000
    rows = await session.execute(
        text(
            "SELECT created_at, old_minor, new_minor, reason, schedule_id::text FROM price_changes"
            " WHERE price_list_id = :id ORDER BY created_at"
        ),
        {"id": list_id},
    )
    told = [tuple(row) for row in rows]
    assert [(row[0] - now, row[1], row[2], row[3]) for row in told] == [
        (-2 * HOUR, 10_000, 9_000, "Autumn"),
        (-HOUR, 9_000, 8_000, "Autumn"),
    ]
    assert told[0][4] == one["id"]
    states = await session.scalars(text("SELECT state FROM price_schedules ORDER BY id"))
    assert states.all() == ["applied", "applied", "scheduled", "applied"]
    assert (
        await session.scalar(
            text("SELECT count(*) FROM prices WHERE price_list_id = :id"), {"id": sale.id}
        )
        == 0
    )
    await assert_hold(session, "prices")


async def test_a_price_set_before_the_job_came_follows_what_is_past(client, session, shop, headers):
    """An hour ago it became 90.00 by plan, nobody folded it, now it is set to 95.00."""
    tea, now, list_id = shop.sku_ids[0], await instant(session), shop.price_list.id
    await plan(client, headers, list_id, (tea, 9_000), at=now + HOUR)
    for table in ("prices SET change_ats = ARRAY[", "price_schedules SET takes_effect_at = ("):
        closing = "]" if "ARRAY" in table else ")"
        where = "change_ats IS NOT NULL" if "ARRAY" in table else "true"
        await session.execute(
            text(f"UPDATE {table}now() - interval '1 hour'{closing} WHERE {where}")
        )
    assert await price_at(session, shop, now) == 9_000
    await pricing.set_prices(session, list_id, [PriceRow(tea, 9_500)], actor=None)
    assert await price_at(session, shop, now) == 9_500
    rows = await pricing.price_history(session, list_id, tea, after=None, limit=2)
    assert [(row.old_minor, row.new_minor) for row in rows] == [(9_000, 9_500), (10_000, 9_000)]
    assert [row.changed_at for row in rows] == [now, now - HOUR]


async def test_ten_thousand_prices_are_planned_and_cancelled(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await session.execute(
            text(
                "INSERT INTO skus (id, spu_id, merchant_id, code, options, option_key, status)"
                " SELECT gen_random_uuid(), spu_id, merchant_id, 'BULK-' || n, '{}', n::text,"
                " 'active' FROM skus, generate_series(1, 10000) n WHERE id = :id"
            ),
            {"id": shop.sku_ids[0]},
        )
        staff = await make_staff(session, is_owner=True)
    rows = tuple(WantedPrice(n, None, f"BULK-{n}", 1, 77) for n in range(1, 10_001))
    command = pricing.PlanPrices(
        price_list_id=shop.price_list.id, takes_effect_at=None, reason="Bulk", rows=rows
    )
    async with unit_of_work(sessions) as session:
        made = await pricing.plan_prices(session, command, actor=actor_of(staff))
    async with sessions() as session:
        assert made.row_count == 10_000
        assert (
            await session.scalar(text("SELECT count(*) FROM prices WHERE price_minor = 77"))
            == 10_000
        )
        await assert_hold(session, "prices")
