"""What is handed out is no revenue: its cost is borne by the centre that was named."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import build_sessions, unit_of_work
from app.core.enums.orders import OrderKind, OrderSource
from app.services import finance
from tests.factories.counters import OrderCounter
from tests.factories.entering import line, take
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.finance.conftest import Bought
from tests.integration.finance.test_costs import costs
from tests.integration.finance.test_gifts import gift_books, roll

COST = 6_000


async def test_its_centre_bears_what_left_and_did_not_come_back(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        shop.skus[0].cost_minor, shop.skus[0].cost_currency = COST, "CNY"
        await finance.put_centre(session, "fair", name="Fair", budget_owner="Mei", actor=staff())
        placed = await take(
            session,
            shop,
            line(shop.sku_ids[0], 3, 0, may_undercut=True),
            line(shop.sku_ids[1], 1, 0, may_undercut=True),
            tenders=(),
            kind=OrderKind.SAMPLE,
            source=OrderSource.FREE,
            cost_centre="fair",
        )
        found = await session.scalars(
            text("SELECT id FROM order_lines WHERE order_id = :id ORDER BY position"),
            {"id": placed.id},
        )
        lines: list[UUID] = list(found)
    given = Bought(sessions, OrderCounter(sessions), placed.id, lines, 0)
    await given.ship("S1", 2, 1)
    # Of the other piece nobody knows what it cost.
    assert await gift_books(sessions) == {"gift_cost:*": 2 * COST, "goods_clearing": 2 * COST}
    await roll(sessions)
    subject = str(shop.merchant.id)
    assert await costs(sessions) == {("fair", "gift", subject): 2 * COST}
    assert await given.books() == {}  # no revenue, no tax, every invariant
    await given.refund(0, 0, 0)
    await roll(sessions)
    assert await costs(sessions) == {("fair", "gift", subject): COST}
    await given.ship("S2", 1)
    await roll(sessions)
    assert await costs(sessions) == {("fair", "gift", subject): 2 * COST}
    assert await given.books() == {}
