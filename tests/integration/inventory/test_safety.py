"""The last pieces are not promised to shoppers."""

from uuid import uuid4

import pytest

from app.core.db import build_sessions, unit_of_work
from app.core.enums.inventory import MovementKind
from app.services import inventory
from app.services.inventory import Allocation, OutOfStock
from app.services.inventory.movements import record
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import levels
from tests.integration.inventory.test_api import ADMIN, keeper
from tests.integration.inventory.test_races import buy
from tests.integration.inventory.test_reserve import expire, hold
from tests.waiting import start_and_wait


async def keep(session, shop, sku_id, pieces):
    await inventory.safety.keep(session, shop.warehouse.id, {sku_id: pieces}, actor=staff())


async def test_the_last_pieces_are_not_promised(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await keep(session, shop, tea, 4)
    assert await inventory.available(session, [tea], shop.channel.id) == {tea: 6}
    with pytest.raises(OutOfStock) as refusal:
        await hold(session, shop, (tea, 7))
    assert refusal.value.context["available"] == {str(tea): 6}
    await hold(session, shop, (tea, 6))
    assert await levels(session, tea) == (10, 6)


async def test_a_shelf_below_its_safety_takes_nothing_from_others(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    second = await make_warehouse(session, shop.merchant.id, priority=200)
    await put_stock(session, tea, second.id, 5)
    await keep(session, shop, tea, 100)
    assert await inventory.available(session, [tea], shop.channel.id) == {tea: 5}
    (only,) = await hold(session, shop, (tea, 5))
    assert only.warehouse_id == second.id


async def test_the_hold_itself_keeps_them(session):
    """It was chosen before the safety stock was raised."""
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    chosen = await inventory.choose(
        session, channel_id=shop.channel.id, wanted=[inventory.Wanted(tea, 7)]
    )
    assert chosen == (Allocation(tea, shop.warehouse.id, shop.merchant.id, 7),)
    await keep(session, shop, tea, 4)
    with pytest.raises(OutOfStock):
        await inventory.hold(
            session,
            chosen,
            owner="order:1",
            member_id=shop.member.id,
            channel_id=shop.channel.id,
            expires_at=None,
        )
    assert await levels(session, tea) == (10, 0)


async def test_who_paid_late_gets_them(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await hold(session, shop, (tea, 9))
    await expire(session)
    await keep(session, shop, tea, 10)
    assert await inventory.commit(session, "order:1")
    assert await levels(session, tea) == (10, 9)


async def test_a_buyer_who_waited_sees_what_is_kept_now(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    tea = shop.sku_ids[0]
    async with unit_of_work(sessions) as session:
        await keep(session, shop, tea, 10)
        waiting = await start_and_wait(sessions, buy(sessions, shop, "order:1", (tea, 1)))
    assert not await waiting


async def test_what_runs_low_is_listed_with_how_long_it_lasts(client, session):
    shop = await make_shop(session)
    tea, cup, pot = shop.sku_ids
    here = shop.warehouse.id
    headers = await keeper(session)
    rows = [{"sku_id": str(tea), "safety": 6}, {"sku_id": str(cup), "safety": 10}]
    body = {"warehouse_id": str(here), "rows": rows}
    kept = await client.put(f"{ADMIN}/stock/safety", json=body, headers=headers)
    assert kept.json() == {"items": rows}
    await hold(session, shop, (tea, 4), (pot, 10))
    await inventory.commit(session, "order:1")
    await inventory.ship(session, "order:1", {(tea, here): 3}, cause="shipment:S1")
    listed = await client.get(f"{ADMIN}/stock/low?days=10&limit=1", headers=headers)
    first = listed.json()
    rest = await client.get(
        f"{ADMIN}/stock/low?days=10&after={first['next_after']}&warehouse_id={here}",
        headers=headers,
    )
    shown = {each["sku_id"]: each for each in first["items"] + rest.json()["items"]}
    assert {sku: (r["on_hand"], r["sold"], r["days_of_cover"]) for sku, r in shown.items()} == {
        str(tea): (7, 3, 20),
        str(cup): (10, 0, None),
    }
    stock = await client.get(f"{ADMIN}/stock?sku_id={tea}", headers=headers)
    assert [(r["available"], r["safety"]) for r in stock.json()["items"]] == [(0, 6)]
    body["rows"] = [{"sku_id": str(uuid4()), "safety": 1}]
    unknown = await client.put(f"{ADMIN}/stock/safety", json=body, headers=headers)
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unknown-stock")


async def test_what_lasts_for_ages_is_listed_too(session):
    """Ten million pieces, one of which was sold in a year."""
    shop = await make_shop(session, quantity=10_000_000)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    await inventory.safety.keep(session, here, {tea: 10_000_000}, actor=staff())
    out = inventory.Move(tea, here, -1)
    await record(session, MovementKind.SALE, [out], cause="pos:1", actor=None)
    (row,) = await inventory.safety.low(session, days=365, after=None, limit=9)
    assert row.days_of_cover == 9_999_999 * 365
