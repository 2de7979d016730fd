"""What is missing is missing once, however many find that out before it is off the books."""

import pytest
from sqlalchemy import text

from app.services import inventory
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, assert_documents, levels
from tests.integration.inventory.test_api import keeper
from tests.integration.inventory.test_reserve import hold
from tests.integration.inventory.test_stocktakes import Clerk


@pytest.fixture
async def clerks(client, session):
    return [Clerk(client, await keeper(session)) for _ in range(2)]


async def settled(session, owner):
    """The goods are not wanted any more, and what is missing of them is written off."""
    await inventory.release(session, owner)
    for shortage_id in await session.scalars(text("SELECT id FROM stock_shortages ORDER BY id")):
        await inventory.shortages.write_off(session, shortage_id)


async def test_two_counts_one_after_the_other_miss_the_same_pieces(session, clerks):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await hold(session, shop, (tea, 10), owner="order:1")
    for clerk, found in zip(clerks, (7, 6), strict=True):
        taken = await clerk.open(shop, sku_ids=[str(tea)])
        await clerk.count(taken, (tea, found))
        assert (await clerk.do(taken, "submit")).json()["state"] == "posted"
        await assert_documents(session)
    assert [each["quantity"] for each in await clerks[0].shortages()] == [1, 3]
    await settled(session, "order:1")
    assert await levels(session, tea) == (6, 0)
    await assert_consistent(session)


async def test_what_is_found_again_makes_up_for_what_was_missed(session, clerks):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await hold(session, shop, (tea, 10), owner="order:1")
    for clerk, found in zip(clerks, (7, 9), strict=True):
        taken = await clerk.open(shop, sku_ids=[str(tea)])
        await clerk.count(taken, (tea, found))
        await clerk.do(taken, "submit")
    await settled(session, "order:1")
    assert await levels(session, tea) == (9, 0)
    await assert_documents(session)


async def test_what_left_though_it_was_missed_is_not_missing_of_what_comes(session, clerks):
    """Seven of ten are counted, yet all ten are packed and leave; then five come."""
    shop = await make_shop(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    await hold(session, shop, (tea, 10), owner="order:1")
    await inventory.commit(session, "order:1")
    for found in (8, 7):
        taken = await clerks[0].open(shop, sku_ids=[str(tea)])
        await clerks[0].count(taken, (tea, found))
        await clerks[0].do(taken, "submit")
    await inventory.ship(session, "order:1", {(tea, here): 9}, cause="shipment:1")
    await inventory.receive(session, [inventory.Move(tea, here, 5)], cause="receipt:1")
    rows = await session.execute(text("SELECT quantity, gone FROM stock_shortages ORDER BY id"))
    assert rows.all() == [(2, 1), (1, 1)]
    await settled(session, "order:1")
    assert await levels(session, tea) == (5, 0)
    await assert_documents(session)


async def test_two_who_count_at_the_same_time_do_not_both_take_it_off(session, clerks):
    shop = await make_shop(session, quantity=500)
    tea = shop.sku_ids[0]
    lin, wu = clerks
    first, second = await lin.open(shop, sku_ids=[str(tea)]), await wu.open(shop)
    await lin.count(first, (tea, 300))
    answer = await wu.count(second, (tea, 300))
    assert answer.status_code == 409, answer.text
