"""Whoever packs cannot find pieces that others have missed, or that were told before."""

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.settings import InventorySettings
from app.services import inventory, orders
from app.services.inventory import stocktakes
from tests.factories.inventory import put_stock
from tests.factories.orders import place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance, staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_documents, levels
from tests.integration.orders.resending import promise
from tests.integration.orders.returning import approve, ask
from tests.integration.orders.sending import CLERK, line_ids, part_of, send
from tests.integration.orders.test_backorders import sound
from tests.integration.orders.test_short_kits import look_again
from tests.integration.orders.test_shorts import LIMITS

routing = orders.routing
NOTHING_ALONE = InventorySettings(alone_units=0, alone_value_minor=0)


async def sold(session, pieces):
    """A shop with ten of a SKU, some of which an order was promised; its fulfilment and line."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 100_000_000)
    lines = [(shop.sku_ids[0], pieces)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    (line,) = await line_ids(session, placed.id)
    return shop, placed.id, (await part_of(session, placed.id))["id"], line


async def counted(session, shop, pieces):
    """A stocktake that found so many, and waits for somebody to agree."""
    tea = shop.sku_ids[0]
    command = stocktakes.NewStocktake(warehouse_id=shop.warehouse.id, sku_ids=(tea,))
    row = (await stocktakes.open_stocktake(session, command, actor=staff())).row
    await stocktakes.count(session, row.id, {tea: pieces}, actor=staff())
    return (
        await stocktakes.submit(
            session,
            row.id,
            version=1,
            leaves_uncounted=False,
            actor=staff(),
            limits=NOTHING_ALONE,
        )
    ).row


async def short(session, part, line, pieces):
    await routing.report_short(
        session, part, {line: pieces}, reason="gone", actor=CLERK, limits=LIMITS
    )


@pytest.mark.parametrize(("found", "left"), [(8, 8), (7, 7), (9, 8)])
async def test_what_a_stocktake_missed_before_is_not_missing_twice(session, found, left):
    """Of ten a clerk counts fewer; before that is agreed to, two of them cannot be packed."""
    shop, _, part, line = await sold(session, 3)
    row = await counted(session, shop, found)
    await short(session, part, line, 2)
    assert (await levels(session, shop.sku_ids[0]))[0] == 8
    await stocktakes.approve(session, row.id, version=row.version, actor=staff())
    assert (await levels(session, shop.sku_ids[0]))[0] == left
    await assert_documents(session)
    await sound(session)


async def test_a_count_that_missed_nothing_does_not_bring_them_back(session):
    shop, _, part, line = await sold(session, 3)
    command = stocktakes.NewStocktake(warehouse_id=shop.warehouse.id, sku_ids=None)
    row = (await stocktakes.open_stocktake(session, command, actor=staff())).row
    counts = dict.fromkeys(shop.sku_ids, 10)
    await stocktakes.count(session, row.id, counts, actor=staff())
    await short(session, part, line, 2)
    view = await stocktakes.submit(
        session, row.id, version=1, leaves_uncounted=False, actor=staff(), limits=NOTHING_ALONE
    )
    assert view.row.state == "posted"
    assert (await levels(session, shop.sku_ids[0]))[0] == 8
    await assert_documents(session)


async def test_what_cannot_wait_is_missing_once_however_often_it_is_told(fresh_engine):
    """A replacement stays promised; whoever packs tells of it every day until goods come."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop, order_id, _, line = await sold(session, 2)
        tea, actor = shop.sku_ids[0], shopper(shop.member.id)
        await send(session, order_id)
        row = await approve(session, await ask(session, actor, order_id, (line, 2)))
        made = await promise(session, row, line, tea, 2)
        out = inventory.Move(tea, shop.warehouse.id, -6)
        await inventory.adjust(session, [out], cause="test")
    for pieces in (1, 2, 2):
        async with unit_of_work(sessions) as session:
            await short(session, made["id"], line, pieces)
            assert await levels(session, tea) == (2, 2)
    async with unit_of_work(sessions) as session:
        quantities = text("SELECT quantity FROM stock_shortages ORDER BY id")
        assert list(await session.scalars(quantities)) == [1, 1]
        tickets = text("SELECT count(*) FROM order_tickets WHERE kind = 'stock'")
        assert await session.scalar(tickets) == 1
        await put_stock(session, tea, shop.warehouse.id, 5)
    await look_again(sessions)
    async with unit_of_work(sessions) as session:
        assert await levels(session, tea) == (5, 2)
        await sound(session)
