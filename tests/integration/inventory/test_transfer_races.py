"""Transfers against each other and against sales, on real connections."""

import asyncio

import pytest

from app.core.db import build_sessions, unit_of_work
from app.services import inventory
from app.services.inventory import BelowReserved
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels
from tests.integration.inventory.test_races import buy
from tests.waiting import start_and_wait


@pytest.fixture
async def sessions(fresh_engine):
    return build_sessions(fresh_engine)


async def request(sessions, source, target, *pieces):
    wanted = inventory.transfers.NewTransfer(
        from_warehouse_id=source, to_warehouse_id=target, pieces=dict(pieces)
    )
    async with unit_of_work(sessions) as session:
        view = await inventory.transfers.request(session, wanted, actor=staff())
        return view.row.id


async def ship(sessions, transfer_id):
    """Whether the goods left; those that are promised do not."""
    try:
        async with unit_of_work(sessions) as session:
            await inventory.transfers.ship(session, transfer_id, None, version=1, actor=staff())
    except BelowReserved:
        return False
    return True


async def test_s11_there_and_back_at_once_do_not_deadlock(sessions):
    """S11: opposite ways at once, and nothing is made or lost."""
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=50)
        far = await make_warehouse(session, shop.merchant.id)
        for sku_id in shop.sku_ids:
            await put_stock(session, sku_id, far.id, 50)
    here, pieces = shop.warehouse.id, [(sku_id, 2) for sku_id in shop.sku_ids]
    ids = [
        await request(sessions, *((here, far.id) if i % 2 else (far.id, here)), *pieces)
        for i in range(10)
    ]

    async def move(transfer_id):
        assert await ship(sessions, transfer_id)
        came = {sku_id: inventory.transfers.Came(2, 0) for sku_id in reversed(shop.sku_ids)}
        async with unit_of_work(sessions) as session:
            await inventory.transfers.receive(session, transfer_id, came, actor=staff())

    async with asyncio.timeout(30):
        await asyncio.gather(*(move(each) for each in ids))
    async with sessions() as session:
        assert [await levels(session, sku_id) for sku_id in shop.sku_ids] == [(100, 0)] * 3
        await assert_consistent(session)


async def test_what_is_sold_does_not_leave_and_what_left_is_not_sold(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=10)
        far = await make_warehouse(session, shop.merchant.id, is_active=False)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    ids = [await request(sessions, here, far.id, (tea, 2)) for _ in range(4)]
    outcomes = await asyncio.gather(
        *(ship(sessions, each) for each in ids),
        *(buy(sessions, shop, f"order:{i}", (tea, 1)) for i in range(10)),
    )
    left, sold = 2 * sum(outcomes[:4]), sum(outcomes[4:])
    assert left + sold <= 10
    async with sessions() as session:
        assert await levels(session, tea) == (10 - left, sold)
        await assert_consistent(session)


async def test_a_transfer_that_waited_for_a_sale_sees_it(sessions):
    """Its reading began when the pieces were free."""
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=10)
        far = await make_warehouse(session, shop.merchant.id, is_active=False)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    moved = await request(sessions, here, far.id, (tea, 6))
    async with unit_of_work(sessions) as session:
        chosen = await inventory.choose(
            session, channel_id=shop.channel.id, wanted=[inventory.Wanted(tea, 5)]
        )
        await inventory.hold(
            session,
            chosen,
            owner="order:1",
            member_id=shop.member.id,
            channel_id=shop.channel.id,
            expires_at=None,
        )
        waiting = await start_and_wait(sessions, ship(sessions, moved))
    assert not await waiting
    async with sessions() as session:
        assert await levels(session, tea) == (10, 5)
        await assert_consistent(session)
