"""Buyers at the same instant, on connections of their own."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.repositories.inventory import ReservationRepository
from app.services import inventory
from app.services.inventory import Move, OutOfStock, StockMoved, Wanted
from tests.factories.inventory import make_warehouse, put_stock, reserve
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels
from tests.waiting import start_and_wait


async def buy(sessions, shop, owner, *wanted):
    """Whether the goods were got; who finds that they moved to another warehouse asks again."""
    async with asyncio.timeout(30):
        while True:
            try:
                async with unit_of_work(sessions) as session:
                    await reserve(
                        session,
                        owner=owner,
                        member_id=shop.member.id,
                        channel_id=shop.channel.id,
                        wanted=[Wanted(*each) for each in wanted],
                        expires_at=now() + timedelta(minutes=15),
                    )
            except StockMoved:
                continue
            except OutOfStock:
                return False
            return True


async def test_s1_the_last_units_are_sold_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=10)
    tea = shop.sku_ids[0]
    got = await asyncio.gather(*(buy(sessions, shop, f"order:{i}", (tea, 1)) for i in range(100)))
    assert sum(got) == 10
    async with sessions() as session:
        assert await levels(session, tea) == (10, 10)
        await assert_consistent(session)


async def test_s11_a_race_over_two_warehouses_sells_every_unit(fresh_engine):
    """S11: whoever finds the first warehouse emptied meanwhile goes on to the second."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=5)
        second = await make_warehouse(session, shop.merchant.id, priority=200)
        await put_stock(session, shop.sku_ids[0], second.id, 7)
    tea = shop.sku_ids[0]
    got = await asyncio.gather(*(buy(sessions, shop, f"order:{i}", (tea, 2)) for i in range(16)))
    assert sum(got) == 6
    async with sessions() as session:
        assert await levels(session, tea) == (12, 12)
        await assert_consistent(session)


async def test_opposite_orders_of_skus_do_not_deadlock(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=200)
    there = [(sku, 1) for sku in shop.sku_ids]
    back = there[::-1]
    got = await asyncio.gather(
        *(buy(sessions, shop, f"order:{i}", *(there if i % 2 else back)) for i in range(100))
    )
    assert all(got)
    async with sessions() as session:
        assert [await levels(session, sku) for sku in shop.sku_ids] == [(200, 100)] * 3


async def test_a_hold_that_waited_sees_what_was_freed_meanwhile(fresh_engine):
    """Its statement began when the shelf was still promised, and before goods arrived."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=2)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    assert await buy(sessions, shop, "order:1", (tea, 2))

    async def hold():
        async with unit_of_work(sessions) as session:
            return await ReservationRepository(session).hold(
                [(tea, here, 3)],
                owner="order:2",
                member_id=shop.member.id,
                channel_id=shop.channel.id,
                expires_at=now() + timedelta(minutes=15),
            )

    async with unit_of_work(sessions) as session:
        await inventory.release(session, "order:1")
        await inventory.receive(session, [Move(tea, here, 1)], cause="receipt:1")
        waiting = await start_and_wait(sessions, hold())
    assert await waiting
    async with sessions() as session:
        assert await levels(session, tea) == (3, 3)
        await assert_consistent(session)


async def test_s5_two_sweepers_free_stock_once(fresh_engine):
    """S5: the sweeper on two machines."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=50)
    tea = shop.sku_ids[0]
    for i in range(20):
        await buy(sessions, shop, f"order:{i}", (tea, 2))
    async with unit_of_work(sessions) as session:
        await session.execute(text("UPDATE reservations SET expires_at = now()"))

    async def sweep():
        async with unit_of_work(sessions) as session:
            return await inventory.sweep(session, limit=7)

    freed = await asyncio.gather(*(sweep() for _ in range(8)))
    assert sum(freed) == 20
    async with sessions() as session:
        assert await levels(session, tea) == (50, 0)
        await assert_consistent(session)


@pytest.mark.parametrize("other", ["release", "sweep"])
async def test_payment_against_the_end_of_a_hold(fresh_engine, other):
    """Whichever comes first, stock is either promised or free, and never counted twice."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=50)
    tea = shop.sku_ids[0]
    for i in range(12):
        await buy(sessions, shop, f"order:{i}", (tea, 1))
    async with unit_of_work(sessions) as session:
        await session.execute(text("UPDATE reservations SET expires_at = now()"))

    async def pay(owner):
        async with unit_of_work(sessions) as session:
            return await inventory.commit(session, owner)

    async def end(owner):
        async with unit_of_work(sessions) as session:
            if other == "release":
                await inventory.release(session, owner)
            else:
                await inventory.sweep(session, limit=3)

    async with asyncio.timeout(30):
        done = await asyncio.gather(*(step(f"order:{i}") for i in range(12) for step in (pay, end)))
    async with sessions() as session:
        await assert_consistent(session)
        if other == "sweep":  # a payment takes the goods anew
            assert all(done[::2])
            assert await levels(session, tea) == (50, 12)
        else:
            assert await levels(session, tea) == (50, 0)
