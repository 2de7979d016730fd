"""Crowds at goods that wait: what is counted decides, not what everybody has read."""

import pytest

from app.core.db import build_sessions, unit_of_work
from app.services import inventory
from tests.factories.inventory import put_stock
from tests.factories.members import make_member
from tests.factories.orders import place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.integration.orders.test_backorders import buy, counts, made, outcomes, sound


async def test_what_came_is_not_for_who_looked_before(session):
    """Goods that come for those who wait are held by nobody who saw other pieces earlier."""
    shop = await made(session)
    wanted = [inventory.Wanted(shop.skus[0].id, 2)]
    seen = await inventory.choose(session, channel_id=shop.channel.id, wanted=wanted)
    await buy(session, shop, 4)
    await put_stock(session, shop.skus[0].id, shop.warehouse.id, 2)
    with pytest.raises(inventory.OutOfStock):
        await inventory.hold(
            session,
            seen,
            owner="order:late",
            member_id=shop.member.id,
            channel_id=shop.channel.id,
            expires_at=None,
        )


async def test_at_once_no_more_wait_than_may(fresh_engine):
    """Everybody reads that there is room; the count decides."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await made(session, most=2)
        await buy(session, shop, 2)
        buyers = []
        for _ in range(5):
            member = await make_member(session)
            await give_balance(session, member.id, 1_000_000)
            buyers.append(member.id)

    async def want(member_id):
        async with unit_of_work(sessions) as session:
            lines = [(shop.skus[0].id, 1)]
            await place(session, member_id, lines, tenders=[BALANCE_TENDER])

    told = await outcomes(*(want(each) for each in buyers))
    assert sorted(told) == ["done"] * 2 + ["out-of-stock"] * 3
    async with unit_of_work(sessions) as session:
        assert await counts(session, shop) == (2, 2, 2)
        await sound(session)


async def test_what_came_for_others_is_not_even_offered(session):
    """Who waits comes first: a route of now does not count on what came for them."""
    shop = await made(session)
    await buy(session, shop, 4)
    await put_stock(session, shop.skus[0].id, shop.warehouse.id, 3)
    for wanted, waits in ((1, [False]), (2, [False, True])):
        routed = await inventory.route(
            session,
            channel_id=shop.channel.id,
            wanted=[inventory.Wanted(shop.skus[0].id, wanted)],
            may_wait=True,
        )
        assert [each.waits is not None for each in routed.allocations] == waits
