"""Corruptions of returns, and the invariant each breaks; and the return they are made of."""

from uuid import UUID

from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.after_sales import ReturnKind
from app.core.enums.payments import RefundReason
from app.services import inventory
from tests.factories.orders import shopper
from tests.factories.payments import give_balance
from tests.integration.orders.dearer import heard, pay
from tests.integration.orders.resending import leave, resent, worked_off
from tests.integration.orders.returning import (
    LOST,
    after_sales,
    approve,
    ask,
    brought_back,
    fee,
    inspect,
    mend,
    receive,
    refund,
)
from tests.integration.orders.sending import CLERK, line_ids, send

_FOR_SENT = (
    "WHERE reference IN (SELECT number FROM order_returns"
    " WHERE kind = 'exchange' AND state = 'sent')"
)

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
    (
        "DELETE FROM stock_movements WHERE cause LIKE 'repair:%'",
        "lies frozen for whoever it belongs to",
    ),
    ("UPDATE order_returns SET shipment_id = id WHERE kind = 'reship'", "a parcel of its order"),
    (
        "UPDATE order_return_lines SET resellable = 0 WHERE resellable > 0",
        "what came back for them",
    ),
    (
        "UPDATE fulfilments SET status = 'picking' WHERE kind = 'replacement'",
        "has sent what it had to send",
    ),
    (
        (
            "UPDATE order_returns SET difference_id = (SELECT id FROM refunds ORDER BY id LIMIT 1)"
            " WHERE id = (SELECT id FROM order_returns WHERE kind = 'exchange'"
            " ORDER BY id LIMIT 1)"
        ),
        "costs less is refunded",
    ),
    (
        f"UPDATE order_charges SET state = 'closed', close_reason = 'no' {_FOR_SENT}",
        "that are sent were paid for",
    ),
    (
        "UPDATE order_return_lines SET difference_minor = 99000 WHERE difference_minor > 0",
        "that are sent were paid for",
    ),
    (
        "UPDATE order_charges SET state = 'due', paid_at = NULL WHERE reference LIKE 'A%'",
        "holds no money and asks for none",
    ),
    (
        (
            "UPDATE refunds d SET state = 'rejected' FROM order_charges g"
            " WHERE d.order_id = g.id AND g.reference LIKE 'A%'"
        ),
        "holds no money and asks for none",
    ),
    (
        (
            "UPDATE order_charges g SET state = 'closed', close_reason = 'not paid in time',"
            " paid_at = NULL FROM order_returns r"
            " WHERE r.number = g.reference AND r.mend_outcome = 'repaired'"
        ),
        "for a fee when that is paid",
    ),
    (
        "UPDATE order_returns SET mend_outcome = 'as_it_was' WHERE mend_outcome = 'repaired'",
        "holds no money and asks for none",
    ),
    (
        "UPDATE order_returns SET outlay_minor = 1 WHERE outlay_minor > 1",
        "was laid out by its shopper",
    ),
    (
        "UPDATE order_returns SET collect_minor = 1 WHERE collect_minor > 1",
        "was paid for its shopper",
    ),
    (
        "UPDATE refunds SET postage_given_minor = 1 WHERE postage_given_minor > 1",
        "in the books as refunds gave and kept it",
    ),
    (
        "UPDATE refunds SET postage_kept_minor = 1 WHERE postage_kept_minor > 1",
        "and kept postage",
    ),
    (
        (
            "INSERT INTO refund_gifts (refund_id, line_id, member_id, amount_minor)"
            " SELECT id, id, member_id, 5 FROM refunds LIMIT 1"
        ),
        "for gifts of its order",
    ),
    (
        "UPDATE order_charges SET keep_minor = 0, back_reason = 'no' WHERE state = 'paid'",
        "waits for its bank alone",
    ),
]


async def return_goods(lin, order_id: UUID) -> None:
    """The first line of an order leaves as a whole, one of it again; two come back graded."""
    actor = shopper(lin.shop.member.id)
    async with unit_of_work(lin.sessions) as session:
        await send(session, order_id)
        (line_id, *_) = await line_ids(session, order_id)
        row = await approve(session, await ask(session, actor, order_id, (line_id, 1), **LOST))
        await leave(session, await resent(session, row))
        await worked_off(session)
        row = await approve(session, await ask(session, actor, order_id, (line_id, 2)))
        row = await receive(session, row, collect_minor=700)
        await refund(session, await inspect(session, row, (1, 1, 0)))


async def replace_goods(lin, order_id: UUID) -> None:
    """Of the first line one is exchanged, one lies here to be repaired, one is paid back."""
    actor = shopper(lin.shop.member.id)
    async with unit_of_work(lin.sessions) as session:
        await send(session, order_id)
        (line_id, *_) = await line_ids(session, order_id)
        row = await ask(session, actor, order_id, (line_id, 1), kind=ReturnKind.REFUND_ONLY)
        await refund(session, await approve(session, row))
        row = await ask(session, actor, order_id, (line_id, 1), kind=ReturnKind.REPAIR)
        await receive(session, await approve(session, row))
        row = await ask(session, actor, order_id, (line_id, 1), kind=ReturnKind.EXCHANGE)
        await brought_back(session, row, (1, 0, 0))
        await worked_off(session)
        await leave(session, await resent(session, row))
        await worked_off(session)


async def fill_shelves(lin) -> None:
    """More of the first two SKUs."""
    async with unit_of_work(lin.sessions) as session:
        there = lin.shop.warehouse.id
        moves = [inventory.Move(each.id, there, 5) for each in lin.shop.skus[:2]]
        await inventory.adjust(session, moves, cause="delivery", actor=CLERK.principal)


async def exchange_for_dearer(lin, order_id: UUID) -> None:
    """Two of the first line are exchanged for what costs more: one is sent, one is given up.

    The latter is repaired for a fee then.
    """
    actor, dearer = shopper(lin.shop.member.id), lin.shop.skus[1].id
    async with unit_of_work(lin.sessions) as session:
        await give_balance(session, lin.shop.member.id, 100_000)
        await send(session, order_id)
        (line_id, *_) = await line_ids(session, order_id)
    for is_kept in (True, False):
        async with unit_of_work(lin.sessions) as session:
            wish = {"kind": ReturnKind.EXCHANGE, "instead": {line_id: dearer}}
            row = await approve(session, await ask(session, actor, order_id, (line_id, 1), **wish))
            await pay(session, (lin.shop, actor, order_id, line_id))
            await heard(session)
            row = await receive(session, row)
            await inspect(session, row, (1, 0, 0) if is_kept else (0, 0, 0))
            await heard(session)
            if is_kept:
                await leave(session, await resent(session, row))
                await heard(session)
    async with unit_of_work(lin.sessions) as session:
        wish = {"kind": ReturnKind.REPAIR, "reason_code": RefundReason.DEFECTIVE}
        row = await ask(session, actor, order_id, (line_id, 1), **wish)
        row = await fee(session, await receive(session, await approve(session, row)))
        await pay(session, (lin.shop, actor, order_id, line_id))
        await heard(session)
        row = await mend(session, row)
        row = await after_sales.declare_outlay(
            session, row["id"], 500, "https://a.test", actor=actor
        )
        by = {"version": row["version"], "actor": CLERK, "terms": lin.terms}
        await after_sales.give_postage(session, row["id"], **by)
        await session.execute(
            text("UPDATE order_returns SET updated_at = now() - interval '1 day'")
        )
