"""Corruptions of returns, and the invariant each breaks; and the return they are made of."""

from uuid import UUID

from app.core.db import unit_of_work
from tests.factories.orders import shopper
from tests.integration.orders.returning import ask, brought_back, refund
from tests.integration.orders.sending import line_ids, send

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
        "UPDATE order_return_lines SET resellable = 0, damaged = accepted",
        "as what they were graded",
    ),
    (
        "UPDATE orders SET return_status = 'none' WHERE return_status = 'returned'",
        "as far as its returns",
    ),
    ("UPDATE order_returns SET state = 'denied'", "made it what it is"),
]


async def return_goods(lin, order_id: UUID) -> None:
    """The first line of an order leaves as a whole and comes back in two conditions."""
    actor = shopper(lin.shop.member.id)
    async with unit_of_work(lin.sessions) as session:
        await send(session, order_id)
        (line_id, *_) = await line_ids(session, order_id)
        row = await ask(session, actor, order_id, (line_id, 2))
        await refund(session, await brought_back(session, row, (1, 1, 0)))
