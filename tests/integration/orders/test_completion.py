"""An order is completed when nothing of it can come back any more, and not before."""

from sqlalchemy import text

from app.core.db import unit_of_work
from app.services import orders
from tests.factories.orders import order_row, place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.returning import after_sales, ask
from tests.integration.orders.sending import LIMITS, line_ids, send

OVER = text("UPDATE orders SET completes_at = now() - interval '1 s' WHERE id = :id")


async def test_what_is_asked_back_keeps_an_order_open(sessions):
    """A shopper asks on the last day; when he thinks better of it the order is over."""
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 1_000_000)
        placed = await place(
            session, shop.member.id, [(shop.skus[0].id, 2)], tenders=[BALANCE_TENDER]
        )
        await send(session, placed.id)
        lin = shopper(shop.member.id)
        await orders.shipping.confirm_receipt(session, placed.id, actor=lin, limits=LIMITS)
        (line,) = await line_ids(session, placed.id)
        back = await ask(session, lin, placed.id, (line, 1))
        await session.execute(OVER, {"id": placed.id})
    assert await orders.shipping.complete_due(sessions, limit=9) == 0
    async with unit_of_work(sessions) as session:
        assert (await order_row(session, placed.id))["state"] == "open"
        await after_sales.cancel(session, back["id"], actor=lin)
    assert await orders.shipping.complete_due(sessions, limit=9) == 1
    async with unit_of_work(sessions) as session:
        assert (await order_row(session, placed.id))["state"] == "completed"
