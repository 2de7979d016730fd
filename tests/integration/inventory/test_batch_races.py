"""Batches against each other: recalls, parcels, orders and goods that arrive, at once."""

import asyncio

import pytest

from app.core.db import build_sessions, unit_of_work
from app.services import inventory
from app.services.inventory import BatchShort, Move
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.test_batches import (
    in_days,
    lies,
    recall,
    receive,
    ship,
    tea_shop,
)
from tests.integration.inventory.test_reserve import hold
from tests.waiting import start_and_wait


async def test_a_recall_that_waits_for_a_parcel_freezes_what_that_left(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await tea_shop(session)
        bad = await receive(session, shop, "A", 5, in_days(30))
        await hold(session, shop, (shop.sku_ids[0], 2))

    async def later():
        async with unit_of_work(sessions) as session:
            await recall(session, bad)

    async with unit_of_work(sessions) as session:
        await ship(session, shop, 2)
        waiting = await start_and_wait(sessions, later())
    await waiting
    async with sessions() as session:
        assert await lies(session) == {"A": (0, 0, 3)}
        moved = await inventory.batches.movements(session, bad, after=None, limit=9)
        assert [(row["kind"], row["owner"]) for row in moved if row["owner"]] == [
            ("shipment", "order:1")
        ]


async def test_a_parcel_that_waits_for_a_recall_does_not_leave(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await tea_shop(session)
        bad = await receive(session, shop, "A", 5, in_days(30))
        await hold(session, shop, (shop.sku_ids[0], 2))

    async def later():
        async with unit_of_work(sessions) as session:
            await ship(session, shop, 2)

    async with unit_of_work(sessions) as session:
        await recall(session, bad)
        waiting = await start_and_wait(sessions, later())
    with pytest.raises(BatchShort):
        await waiting
    async with sessions() as session:
        assert await lies(session) == {"A": (2, 0, 3)}


async def test_a_recall_that_waits_for_an_order_leaves_what_that_was_promised(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await tea_shop(session)
        bad = await receive(session, shop, "A", 5, in_days(30))

    async def later():
        async with unit_of_work(sessions) as session:
            await recall(session, bad)

    async with unit_of_work(sessions) as session:
        await hold(session, shop, (shop.sku_ids[0], 3))
        waiting = await start_and_wait(sessions, later())
    await waiting
    async with sessions() as session:
        assert await lies(session) == {"A": (3, 0, 2)}


@pytest.mark.parametrize("is_new_here", [True, False])
async def test_goods_that_arrive_while_tracking_begins_have_a_batch(fresh_engine, is_new_here):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=0 if is_new_here else 5)
    tea, here = shop.sku_ids[0], shop.warehouse.id

    async def arrive():
        async with unit_of_work(sessions) as session:
            await inventory.receive(session, [Move(tea, here, 3)], cause="receipt:1")

    async def track():
        async with unit_of_work(sessions) as session:
            await inventory.batches.track(session, tea, shelf_days=0, actor=staff())

    async with unit_of_work(sessions) as session:
        await inventory.batches.track(session, tea, shelf_days=0, actor=staff())
        waiting = await start_and_wait(sessions, arrive())
    await waiting
    async with unit_of_work(sessions) as session:
        other = await make_shop(session, quantity=0)
        tea, here = other.sku_ids[0], other.warehouse.id
    async with unit_of_work(sessions) as session:
        await inventory.receive(session, [Move(tea, here, 3)], cause="receipt:1")
        waiting = await start_and_wait(sessions, track())
    await waiting
    async with sessions() as session:
        assert await lies(session) == {"?": (6 + 5 * (not is_new_here), 0, 0)}


async def test_two_sales_of_the_last_batch_fold(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await tea_shop(session)
        await receive(session, shop, "A", 5, in_days(30))
        await receive(session, shop, "B", 5, in_days(60))
        for i in range(5):
            await hold(session, shop, (shop.sku_ids[0], 2), owner=f"order:{i}")

    async def send(i):
        async with unit_of_work(sessions) as session:
            await ship(session, shop, 2, f"order:{i}")

    await asyncio.gather(*(send(i) for i in range(5)))
    async with sessions() as session:
        assert await lies(session) == {"A": (0, 0, 0), "B": (0, 0, 0)}
