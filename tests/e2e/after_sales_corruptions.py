"""Corruptions of returns, and the invariant each breaks; and the return they are made of."""

from uuid import UUID

from app.core.db import unit_of_work
from app.services import finance
from tests.factories.orders import shopper
from tests.integration.orders.resending import facts, send_again
from tests.integration.orders.returning import after_sales, approve, ask, brought_back, refund
from tests.integration.orders.sending import CLERK, line_ids, send

AFTER_SALES_CORRUPTIONS = [
    ("UPDATE order_return_lines SET quantity = 9, accepted = 9", "of a line than left"),
    ("UPDATE order_returns SET refund_id = NULL", "has its refund"),
    ("UPDATE order_returns SET state = 'refunding'", "has its refund"),
    (
        (
            "DELETE FROM refund_units u USING order_returns r"
            " WHERE u.refund_id = r.refund_id AND u.unit_index = 0"
        ),
        "has its refund",
    ),
    ("DELETE FROM stock_movements WHERE cause LIKE 'return:A%'", "as what they were graded"),
    (
        "UPDATE order_return_lines SET resellable = 0, damaged = coalesce(accepted, 0)",
        "as what they were graded",
    ),
    (
        "UPDATE orders SET return_status = 'none' WHERE return_status = 'returned'",
        "as far as its returns",
    ),
    ("UPDATE order_returns SET state = 'denied'", "made it what it is"),
    (
        (
            "UPDATE fulfilment_lines x SET quantity = 9, cancelled = 0 FROM fulfilments f"
            " WHERE f.id = x.fulfilment_id AND f.kind = 'replacement'"
        ),
        "no more than that asks",
    ),
    (
        (
            "UPDATE fulfilments f SET order_id = o.id FROM orders o"
            " WHERE f.kind = 'replacement' AND o.id <> f.order_id"
        ),
        "of a return of the order",
    ),
    (
        "UPDATE fulfilment_lines SET unit_cost_minor = 7 WHERE unit_cost_minor IS NOT NULL",
        "at what they cost to buy",
    ),
]


async def return_goods(lin, order_id: UUID) -> None:
    """The first line of an order leaves as a whole, one of it again, two come back graded."""
    actor = shopper(lin.shop.member.id)
    async with unit_of_work(lin.sessions) as session:
        await send(session, order_id)
        (line_id, *_) = await line_ids(session, order_id)
        row = await approve(session, await ask(session, actor, order_id, (line_id, 1)))
        await send_again(session, row, line_id, lin.shop.skus[1].id)
        for fact in await facts(session, "orders.replacement_shipped.v1"):
            await finance.book_replacement(session, fact)
        await after_sales.close(
            session, row["id"], version=row["version"], actor=CLERK, note="It broke on the way"
        )
        row = await ask(session, actor, order_id, (line_id, 2))
        await refund(session, await brought_back(session, row, (1, 1, 0)))
