"""Tills sell off the shelf of a store."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import build_sessions, unit_of_work
from app.core.enums.catalog import ChannelKind
from app.services import inventory
from app.services.inventory import Move, OutOfStock
from tests.factories.catalog import make_channel
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels
from tests.integration.inventory.test_api import ADMIN, keeper
from tests.integration.inventory.test_batches import lies, tea_shop
from tests.integration.inventory.test_batches import receive as receive_batch
from tests.integration.inventory.test_races import buy
from tests.integration.inventory.test_reserve import hold
from tests.waiting import start_and_wait

URL = f"{ADMIN}/stock/pos-sales"


async def till(session):
    return await make_channel(session, kind=ChannelKind.POINT_OF_SALE)


def sale_of(shop, channel, pieces, number="T-1", **more):
    return inventory.pos_sales.NewPosSale(
        warehouse_id=shop.warehouse.id,
        channel_id=channel.id,
        number=number,
        sold_at=clock.now(),
        pieces={shop.sku_ids[0]: pieces},
        **more,
    )


async def sell(session, *args, **more):
    return await inventory.pos_sales.sell(session, sale_of(*args, **more), actor=staff())


async def test_a_sale_leaves_the_shelf_once_and_can_be_undone_once(session):
    shop = await make_shop(session)
    channel = await till(session)
    row, is_new = await sell(session, shop, channel, 3)
    again, is_new_again = await sell(session, shop, channel, 3)
    assert (row["id"], is_new, is_new_again) == (again["id"], True, False)
    assert await levels(session, shop.sku_ids[0]) == (7, 0)
    with pytest.raises(inventory.TillNumberTaken):
        await sell(session, shop, channel, 4)
    undone = await inventory.pos_sales.undo(session, row["id"], reason="Wrong", actor=staff())
    assert (undone["state"], undone["reason"]) == ("undone", "Wrong")
    assert await levels(session, shop.sku_ids[0]) == (10, 0)
    with pytest.raises(inventory.IllegalStockTransition):
        await inventory.pos_sales.undo(session, row["id"], reason="Wrong", actor=staff())
    await assert_consistent(session)
    causes = await session.scalars(text("SELECT cause FROM stock_movements WHERE cause <> 'test'"))
    assert set(causes) == {f"pos:{row['number']}"}


async def test_what_orders_were_promised_is_not_sold(session):
    shop = await make_shop(session)
    channel = await till(session)
    await hold(session, shop, (shop.sku_ids[0], 8))
    with pytest.raises(OutOfStock) as refusal:
        async with session.begin_nested():
            await sell(session, shop, channel, 3)
    assert refusal.value.context["available"] == {str(shop.sku_ids[0]): 2}
    row, _ = await sell(session, shop, channel, 3, is_offline=True)
    assert (row["is_short"], row["lines"][0]["short"]) == (True, 1)
    assert await levels(session, shop.sku_ids[0]) == (8, 8)
    await inventory.pos_sales.undo(session, row["id"], reason="Back", actor=staff())
    assert await levels(session, shop.sku_ids[0]) == (10, 8)
    short = await inventory.pos_sales.page(session, is_short=True, after=None, limit=9)
    assert [each["number"] for each in short] == [row["number"]]


async def test_tills_sell_what_expires_first_and_take_back_what_left(session):
    shop = await tea_shop(session)
    channel = await till(session)
    await receive_batch(session, shop, "B", 5)
    await receive_batch(session, shop, "A", 2, clock.now().date().replace(year=2030))
    row, _ = await sell(session, shop, channel, 3)
    assert await lies(session) == {"A": (0, 0, 0), "B": (4, 0, 0)}
    await inventory.pos_sales.undo(session, row["id"], reason="Wrong", actor=staff())
    assert await lies(session) == {"A": (2, 0, 0), "B": (5, 0, 0)}


async def test_a_till_and_the_web_share_the_last_pieces(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        channel = await till(session)
    tea = shop.sku_ids[0]

    async def at_the_till(i):
        try:
            async with unit_of_work(sessions) as session:
                await sell(session, shop, channel, 1, number=f"T-{i}")
        except OutOfStock:
            return False
        return True

    web = [buy(sessions, shop, f"order:{i}", (tea, 1)) for i in range(10)]
    got = await asyncio.gather(*web, *(at_the_till(i) for i in range(10)))
    assert sum(got) == 10
    async with sessions() as session:
        assert await levels(session, tea) == (10 - sum(got[10:]), sum(got[:10]))
        await assert_consistent(session)


async def test_a_sale_that_is_told_twice_at_once_counts_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        channel = await till(session)

    async def again():
        async with unit_of_work(sessions) as session:
            return await sell(session, shop, channel, 3)

    async with unit_of_work(sessions) as session:
        first, _ = await sell(session, shop, channel, 3)
        waiting = await start_and_wait(sessions, again())
    row, is_new = await waiting
    assert (row["id"], is_new) == (first["id"], False)
    async with sessions() as session:
        assert await levels(session, shop.sku_ids[0]) == (7, 0)


async def test_a_sale_that_is_undone_twice_at_once_comes_back_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        row, _ = await sell(session, shop, await till(session), 3)

    async def undo():
        async with unit_of_work(sessions) as session:
            await inventory.pos_sales.undo(session, row["id"], reason="No", actor=staff())

    async with unit_of_work(sessions) as session:
        await inventory.pos_sales.undo(session, row["id"], reason="No", actor=staff())
        waiting = await start_and_wait(sessions, undo())
    with pytest.raises(inventory.IllegalStockTransition):
        await waiting
    async with sessions() as session:
        assert await levels(session, shop.sku_ids[0]) == (10, 0)


async def test_tills_over_http(client, session):
    shop = await make_shop(session)
    channel = await till(session)
    headers = await keeper(session)
    tea, cup, _ = map(str, shop.sku_ids)
    line = {"sku_id": tea, "quantity": 1}
    body = {
        "warehouse_id": str(shop.warehouse.id),
        "channel_id": str(channel.id),
        "number": "T-1",
        "sold_at": "2026-11-27T08:00:00Z",
        "lines": [line, line, {"sku_id": cup, "quantity": 4}],
    }

    async def post(**change):
        return await client.post(URL, json=body | change, headers=headers)

    made = await post()
    assert made.status_code == 201
    assert {each["sku_id"]: each["quantity"] for each in made.json()["lines"]} == {tea: 2, cup: 4}
    again = await post()
    assert (again.status_code, again.json()) == (200, made.json())
    for change, status, slug in (
        ({"lines": [line]}, 409, "till-number-taken"),
        ({"number": "T-2", "lines": [{"sku_id": tea, "quantity": 9}]}, 409, "out-of-stock"),
        ({"channel_id": str(shop.channel.id)}, 422, "invalid-reference"),
        ({"warehouse_id": str(uuid4())}, 422, "unknown-stock"),
    ):
        refused = await post(**change)
        assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{slug}")
    listed = await client.get(f"{URL}?warehouse_id={shop.warehouse.id}", headers=headers)
    assert listed.json()["items"] == [made.json()]
    undo = f"{URL}/{made.json()['id']}/undo"
    done = await client.post(undo, json={"reason": "Wrong till"}, headers=headers)
    assert (done.status_code, done.json()["state"]) == (200, "undone")
    late = await client.post(undo, json={"reason": "Wrong till"}, headers=headers)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/illegal-stock-transition")
    strange = await client.post(f"{URL}/{uuid4()}/undo", json={"reason": "x"}, headers=headers)
    assert strange.status_code == 404


async def test_an_upload_takes_each_sale_for_itself(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        channel = await till(session)
        await inventory.receive(
            session, [Move(shop.sku_ids[0], shop.warehouse.id, 1)], cause="receipt:1"
        )
    sales = [
        sale_of(shop, channel, 8, "T-1", is_offline=True),
        sale_of(shop, channel, 8, "T-1", is_offline=True),
        sale_of(shop, channel, 7, "T-1", is_offline=True),
        sale_of(shop, channel, 5, "T-2", is_offline=True),
    ]
    done = await inventory.pos_sales.upload(sessions, sales, actor=staff())
    assert [each.is_new for each in done] == [True, False, False, True]
    assert [each.refusal and each.refusal.slug for each in done] == [
        None,
        None,
        "till-number-taken",
        None,
    ]
    assert [each.sale and each.sale["lines"][0]["short"] for each in done] == [0, 0, None, 2]
    async with sessions() as session:
        assert await levels(session, shop.sku_ids[0]) == (0, 0)
        await assert_consistent(session)
