"""Parcels and cancellations at the same moment, on real connections."""

import asyncio
from collections.abc import Awaitable

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.services import inventory, orders
from tests.factories.orders import axes, place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import CLERK, LIMITS, on_stock, parcel, send

ROUNDS = 6


@pytest.fixture
async def sessions(fresh_engine):
    connections = [await fresh_engine.connect() for _ in range(8)]
    for each in connections:
        await each.close()
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 10_000_000)
    return shop


async def buy(sessions, shop, quantity=2):
    async with unit_of_work(sessions) as session:
        lines = [(shop.skus[0].id, quantity)]
        placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    return placed.id


async def together(*tasks: Awaitable[object]) -> list[str]:
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for each in outcomes:
        if isinstance(each, BaseException) and not hasattr(each, "slug"):
            raise each
    return [str(getattr(each, "slug", "done")) for each in outcomes]


async def levels(sessions, shop):
    async with unit_of_work(sessions) as session:
        return await on_stock(session, shop.skus[0].id)


async def ship(sessions, order_id):
    async with unit_of_work(sessions) as session:
        await send(session, order_id)


async def cancel(sessions, shop, order_id):
    async with unit_of_work(sessions) as session:
        actor = shopper(shop.member.id)
        await orders.begin_cancel(session, order_id, actor=actor, reason="no")


async def test_s6_cancelling_and_shipping_at_once(sessions, shop):
    """S6: one wins; stock comes back once or never."""
    seen = set()
    on_hand = (await levels(sessions, shop))[0]
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        tasks = [ship(sessions, order_id), cancel(sessions, shop, order_id)]
        if round_ % 2:
            tasks.reverse()
        outcomes = sorted(await together(*tasks))
        async with unit_of_work(sessions) as session:
            state, payment, fulfilment = await axes(session, order_id)
        if fulfilment == "shipped":
            on_hand -= 1
            assert (state, payment) == ("open", "paid")
            assert outcomes == [orders.AlreadyShipped.slug, "done"]
        else:
            assert (state, payment, fulfilment) == ("cancelled", "refunded", "cancelled")
            assert outcomes == ["done", orders.IllegalTransition.slug]
        seen.add(fulfilment)
        assert await levels(sessions, shop) == (on_hand, 0)
    assert seen


async def test_s7_the_same_pieces_are_packed_by_one_clerk(sessions, shop):
    order_id = await buy(sessions, shop)
    outcomes = await together(*(ship(sessions, order_id) for _ in range(4)))
    assert sorted(outcomes) == ["done", *[orders.shipping.PiecesNotOpen.slug] * 3]
    on_hand, reserved = await levels(sessions, shop)
    assert (on_hand, reserved) == (8, 0)


async def test_s7_a_parcel_is_handed_over_once(sessions, shop):
    order_id = await buy(sessions, shop)
    async with unit_of_work(sessions) as session:
        command = await parcel(session, order_id)
        packed = await orders.shipping.pack_parcel(session, command, actor=CLERK)

    async def hand_over():
        async with unit_of_work(sessions) as session:
            return await orders.shipping.hand_over(
                session, packed["id"], actor=CLERK, limits=LIMITS
            )

    assert await together(*(hand_over() for _ in range(4))) == ["done"] * 4
    assert await levels(sessions, shop) == (8, 0)
    async with unit_of_work(sessions) as session:
        moved = "SELECT count(*) FROM stock_movements WHERE kind = 'shipment'"
        assert await session.scalar(text(moved)) == 1


async def test_promises_of_one_sku_leave_and_are_given_back_at_once(sessions, shop):
    """Every order takes the stock row last, so nobody waits for somebody who waits for them."""
    bought = [await buy(sessions, shop, 1) for _ in range(8)]
    tasks = [
        ship(sessions, each) if place_ % 2 else cancel(sessions, shop, each)
        for place_, each in enumerate(bought)
    ]
    assert await together(*tasks) == ["done"] * 8
    assert await levels(sessions, shop) == (6, 0)
    with pytest.raises(inventory.NothingToShip):
        async with unit_of_work(sessions) as session:
            await inventory.free(
                session,
                orders.stock_owner(bought[0]),
                {(shop.skus[0].id, shop.warehouse.id): 1},
            )
