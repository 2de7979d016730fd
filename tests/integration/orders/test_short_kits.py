"""What kits are made of is promised and cannot be found: others send kits, but none waits."""

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.waiting_settings import WaitingSettings
from app.services import inventory, orders
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.kits import check_kits, make_kit
from tests.factories.orders import place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import CLERK, line_ids, part_of
from tests.integration.orders.test_shorts import miss, shortage

LIMITS = WaitingSettings()
routing = orders.routing


@pytest.mark.parametrize("elsewhere", [0, 4])
async def test_kits_of_what_is_missing_leave_as_long_as_others_have_them(fresh_engine, elsewhere):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        tea, cup, _ = shop.sku_ids
        await give_balance(session, shop.member.id, 1_000_000)
        kit = await make_kit(session, shop, (tea, 2), (cup, 1))
        placed = await place(session, shop.member.id, [(kit, 5)], tenders=[BALANCE_TENDER])
        there = await make_warehouse(session, shop.merchant.id)
        await put_stock(session, tea, there.id, elsewhere)
        await put_stock(session, cup, there.id, elsewhere)
        part, (line,) = await part_of(session, placed.id), await line_ids(session, placed.id)
        with pytest.raises(inventory.UnknownStock):
            await routing.report_short(
                session, part["id"], {line: 1}, reason="gone", actor=CLERK, limits=LIMITS
            )
        await miss(session, shop, 3)
    assert await routing.leave_short_due(sessions, LIMITS, limit=9) == 1
    async with unit_of_work(sessions) as session:
        assert await shortage(session) == ((3, 3, 0) if elsewhere else (3, 0, 0))
        statement = text("SELECT reserved FROM stock WHERE warehouse_id = :id AND sku_id = :tea")
        here = await session.scalar(statement, {"id": shop.warehouse.id, "tea": tea})
        assert here == (6 if elsewhere else 10)
        assert await session.scalar(text("SELECT count(*) FROM backorders")) == 0
        await check_kits(session)
