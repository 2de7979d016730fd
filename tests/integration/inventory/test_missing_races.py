"""Goods come while others leave: what was missed of those is not missing of these."""

from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.services import inventory
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_documents, levels
from tests.integration.inventory.test_reserve import hold
from tests.waiting import start_and_wait


async def test_what_comes_while_the_missed_pieces_leave_stays(fresh_engine):
    """Three of ten are missed, yet nine leave; five come before that is committed."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        tea, here = shop.sku_ids[0], shop.warehouse.id
        await hold(session, shop, (tea, 10), owner="order:1")
        await inventory.commit(session, "order:1")
        missing = [inventory.Move(tea, here, 3)]
        await inventory.shortages.note(session, missing, cause="stocktake:1", actor=None)

    async def come():
        async with unit_of_work(sessions) as session:
            await inventory.receive(session, [inventory.Move(tea, here, 5)], cause="receipt:1")

    async with unit_of_work(sessions) as session:
        await inventory.ship(session, "order:1", {(tea, here): 9}, cause="shipment:1")
        coming = await start_and_wait(sessions, come())
    await coming
    async with unit_of_work(sessions) as session:
        assert await session.scalar(text("SELECT gone FROM stock_shortages")) == 2
        await inventory.release(session, "order:1")
        (shortage_id,) = await session.scalars(text("SELECT id FROM stock_shortages"))
        await inventory.shortages.write_off(session, shortage_id)
        assert await levels(session, tea) == (5, 0)
        await assert_documents(session)
