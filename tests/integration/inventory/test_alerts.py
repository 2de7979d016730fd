"""Stock that crossed a limit is told of once."""

import asyncio
from uuid import uuid4

from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.inventory import AlertKind, AlertState
from app.core.inventory_settings import InventorySettings
from app.repositories.inventory.alerts import MOST
from app.services import inventory
from app.services.inventory import Move
from app.services.inventory.alerts import AlertFilter, Limits
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.test_api import ADMIN, keeper
from tests.integration.inventory.test_proof import age
from tests.integration.inventory.test_reserve import hold
from tests.integration.test_growth_pages import rows_read

SETTINGS = InventorySettings()
URL = f"{ADMIN}/stock"


async def watch(session):
    return await inventory.alerts.watch(session, SETTINGS)


async def alerts(session, **wanted):
    rows = await inventory.alerts.list_alerts(session, AlertFilter(**wanted), after=None, limit=50)
    return [(row.kind, row.available, row.threshold, row.days_of_cover) for row in rows]


async def limit(session, shop, **limits):
    rows = {shop.sku_ids[0]: Limits(**dict.fromkeys(Limits._fields) | limits)}
    await inventory.alerts.set_limits(session, shop.warehouse.id, rows, actor=staff())


async def sell(session, shop, pieces, owner="order:1"):
    await hold(session, shop, (shop.sku_ids[0], pieces), owner=owner)
    await inventory.commit(session, owner)
    there = {(shop.sku_ids[0], shop.warehouse.id): pieces}
    await inventory.ship(session, owner, there, cause="shipment:S1")


async def told(session, name="inventory.low_stock.v1"):
    statement = "SELECT count(*) FROM outbox WHERE name = :name"
    return await session.scalar(text(statement), {"name": name})


async def test_a_crossing_is_told_once_and_anew_when_it_came_down_again(session):
    """J155: what runs low is told once a crossing."""
    shop = await make_shop(session)
    await limit(session, shop, low=6)
    assert await watch(session) == 0
    await hold(session, shop, (shop.sku_ids[0], 4))
    assert await watch(session) == 1
    await hold(session, shop, (shop.sku_ids[0], 2), owner="order:2")
    assert await watch(session) == 0
    assert (await alerts(session), await told(session)) == ([("low", 6, 6, None)], 1)
    await inventory.release(session, "order:1")
    assert await watch(session) == 0
    assert await alerts(session) == []
    assert await alerts(session, state=AlertState.OVER) == [("low", 6, 6, None)]
    await hold(session, shop, (shop.sku_ids[0], 4), owner="order:3")
    assert (await watch(session), await told(session)) == (1, 2)


async def test_two_who_look_at_once_tell_it_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await limit(session, shop, low=10)

    async def look():
        async with unit_of_work(sessions) as session:
            return await watch(session)

    assert sum(await asyncio.gather(*(look() for _ in range(6)))) == 1
    async with sessions() as session:
        assert await told(session) == 1


async def test_without_limits_of_its_own_sales_say_what_is_low(session):
    """Six sold in thirty days are two in seven."""
    shop = await make_shop(session)
    await sell(session, shop, 6)
    await inventory.alerts.count_sales(session, SETTINGS)
    await watch(session)
    assert await alerts(session) == []
    await hold(session, shop, (shop.sku_ids[0], 2), owner="order:2")
    await watch(session)
    assert await alerts(session) == [("low", 2, 2, 10)]


async def test_safety_stock_says_what_is_low(session):
    shop = await make_shop(session)
    await inventory.safety.keep(session, shop.warehouse.id, {shop.sku_ids[0]: 10}, actor=staff())
    await watch(session)
    assert await alerts(session) == [("low", 10, 10, None)]


async def test_what_lasts_too_long_is_told(session):
    shop = await make_shop(session)
    await sell(session, shop, 1)
    await inventory.alerts.count_sales(session, SETTINGS)
    await watch(session)
    assert await alerts(session) == [("over", 9, 6, 270)]
    assert await told(session, "inventory.stock_alerted.v1") == 1
    await limit(session, shop, over=9)
    await watch(session)
    assert await alerts(session) == []


async def test_one_that_lasts_for_ages_hides_no_other(session):
    """A hundred million pieces, one of which was sold: more days than can be counted."""
    shop = await make_shop(session, quantity=100_000_000)
    await sell(session, shop, 1)
    await inventory.alerts.count_sales(session, SETTINGS)
    await limit(session, shop, over=10)
    await watch(session)
    assert [each[3] for each in await alerts(session)] == [MOST]


async def test_what_does_not_sell_is_told_until_it_does(session):
    shop = await make_shop(session)
    await age(session, 89)
    await inventory.alerts.count_sales(session, SETTINGS)
    await watch(session)
    assert await alerts(session) == []
    await limit(session, shop, slow_days=80)
    await watch(session)
    assert await alerts(session) == [("slow", 10, 80, None)]
    await sell(session, shop, 8)
    await inventory.alerts.count_sales(session, SETTINGS)
    await watch(session)
    assert await alerts(session, kind=AlertKind.SLOW) == []


async def test_slow_is_what_was_not_sold_for_more_than_its_days(session):
    """A day that is not quite over is none; the next moment it is."""
    shop = await make_shop(session)
    await limit(session, shop, slow_days=80)
    await age(session, 80)
    await inventory.alerts.count_sales(session, SETTINGS)
    await watch(session)
    assert await alerts(session) == []
    await session.execute(
        text("UPDATE stock_paces SET first_at = first_at - interval '1 microsecond'")
    )
    await watch(session)
    assert await alerts(session) == [("slow", 10, 80, None)]


async def test_sales_beyond_the_days_count_no_more_but_are_known(session):
    shop = await make_shop(session)
    await sell(session, shop, 5)
    await inventory.alerts.count_sales(session, SETTINGS)
    await age(session, 31)
    await session.execute(text("UPDATE stock_paces SET counted_at = now() - interval '1 day'"))
    await inventory.alerts.count_sales(session, SETTINGS)
    row = (
        await session.execute(
            text("SELECT sold, sold_at FROM stock_paces WHERE sku_id = :sku"),
            {"sku": shop.sku_ids[0]},
        )
    ).one()
    assert (row.sold, row.sold_at is not None) == (0, True)


async def test_alerts_and_limits_over_http(client, session):
    shop = await make_shop(session)
    headers = await keeper(session)
    tea, cup, _ = shop.sku_ids
    rows = [
        {"sku_id": str(tea), "low": 10, "over": 50, "slow_days": None, "expiry_days": 5},
        {"sku_id": str(cup), "low": None, "over": 5, "slow_days": 7, "expiry_days": None},
    ]
    body = {"warehouse_id": str(shop.warehouse.id), "rows": rows}
    put = await client.put(f"{URL}/limits", json=body, headers=headers)
    assert put.status_code == 200
    first = (await client.get(f"{URL}/limits?limit=1", headers=headers)).json()
    rest = await client.get(f"{URL}/limits?after={first['next_after']}", headers=headers)
    assert first["items"] + rest.json()["items"] == put.json()["items"]
    wrong = {"warehouse_id": body["warehouse_id"], "rows": [rows[0] | {"over": 10}]}
    assert (await client.put(f"{URL}/limits", json=wrong, headers=headers)).status_code == 422
    wrong = body | {"warehouse_id": str(uuid4())}
    unknown = await client.put(f"{URL}/limits", json=wrong, headers=headers)
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unknown-stock")
    await watch(session)
    listed = (await client.get(f"{URL}/alerts?kind=low", headers=headers)).json()["items"]
    assert [(each["sku_id"], each["state"]) for each in listed] == [(str(tea), "open")]
    url, said = f"{URL}/alerts/{listed[0]['id']}/acknowledge", {"note": "Ordered more"}
    for tag, status in (({}, 428), ({"If-Match": '"9"'}, 412), ({"If-Match": '"1"'}, 200)):
        seen = await client.post(url, json=said, headers=headers | tag)
        assert seen.status_code == status
    assert (seen.json()["state"], seen.json()["note"]) == ("acknowledged", "Ordered more")
    await inventory.receive(session, [Move(tea, shop.warehouse.id, 1)], cause="receipt:1")
    await watch(session)
    over = await client.get(f"{URL}/alerts?state=over", headers=headers)
    assert [each["id"] for each in over.json()["items"]] == [listed[0]["id"]]
    late = await client.post(url, json=said, headers=headers | {"If-Match": '"3"'})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/illegal-stock-transition")


async def test_a_page_of_alerts_reads_what_it_shows(session):
    shop = await make_shop(session)
    await limit(session, shop, low=10)
    await watch(session)
    await session.execute(
        text(
            "INSERT INTO stock_alerts (id, kind, sku_id, warehouse_id, state, available,"
            " threshold, ended_at) SELECT gen_random_uuid(), 'low', :sku, :warehouse, 'over',"
            " 1, 2, now() FROM generate_series(1, 2000)"
        ),
        {"sku": shop.sku_ids[0], "warehouse": shop.warehouse.id},
    )
    await session.execute(text("ANALYZE"))
    before = await rows_read(session)
    assert len(await alerts(session)) == 1
    assert await rows_read(session) - before < 50
