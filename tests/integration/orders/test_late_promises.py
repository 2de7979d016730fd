"""Promises whose time is over while somebody pays for them, fills them up or moves them."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.repositories.reports.shop_invariants import STOCK
from app.services import inventory, orders
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import place
from tests.integration.orders.test_backorders import buy, counts, made, sound
from tests.waiting import start_and_wait

OVER = text("UPDATE reservations SET expires_at = now() - interval '1 second' WHERE state = 'held'")


@pytest.mark.parametrize("others", [0, 1])
async def test_what_an_order_waits_for_itself_does_not_come_before_it(session, others):
    """Two of a SKU are there and two more wait; it is paid for after the two were let go."""
    shop = await made(session)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 4)])
    if others:
        await buy(session, shop, others)
    await session.execute(OVER)
    assert await inventory.sweep(session, limit=9) == 1
    assert await counts(session, shop) == (2, 0, 2 + others)
    owner = orders.stock_owner(placed.id)
    assert await inventory.commit(session, owner) is not bool(others)
    assert await counts(session, shop) == ((2, 0, 3) if others else (2, 2, 2))
    await sound(session)


@pytest.mark.parametrize("is_over_before", [True, False])
async def test_what_is_over_meanwhile_is_not_filled_up(fresh_engine, is_over_before):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await made(session)
        placed = await place(session, shop.member.id, [(shop.skus[0].id, 4)])
        await put_stock(session, shop.skus[0].id, shop.warehouse.id, 1)
    owner, pieces = orders.stock_owner(placed.id), {(shop.skus[0].id, shop.warehouse.id): 1}

    async def fill():
        async with unit_of_work(sessions) as session:
            await inventory.backorders.fill(session, owner, pieces)

    async with sessions() as sweeping:
        await sweeping.execute(OVER)
        assert await inventory.sweep(sweeping, limit=9) == 1
        if is_over_before:
            await sweeping.commit()
            filling = asyncio.ensure_future(fill())
        else:
            filling = await start_and_wait(sessions, fill())
            await sweeping.commit()
        with pytest.raises(inventory.StockMoved):
            await filling
    async with unit_of_work(sessions) as session:
        assert await counts(session, shop) == (3, 0, 2)
        await sound(session)


async def test_what_is_over_elsewhere_is_not_joined(session):
    """The rest of an order that is not paid for is there already, and was let go."""
    shop = await made(session)
    tea = shop.skus[0].id
    placed = await place(session, shop.member.id, [(tea, 2)])
    there = await make_warehouse(session, shop.merchant.id)
    await put_stock(session, tea, there.id, 5)
    owner = orders.stock_owner(placed.id)
    ends = {"from_id": shop.warehouse.id, "to_id": there.id, "member_id": shop.member.id}
    await inventory.move_promise(session, owner, {tea: 1}, **ends)
    await session.execute(
        text("UPDATE reservations SET expires_at = now() WHERE warehouse_id = :id"),
        {"id": there.id},
    )
    assert await inventory.sweep(session, limit=9) == 1
    with pytest.raises(inventory.StockMoved):
        async with session.begin_nested():
            await inventory.move_promise(session, owner, {tea: 1}, **ends)
    for rule in STOCK:
        assert (await session.execute(text(rule.sql.replace(":", r"\:")))).all() == [], rule.name
