"""Pieces that others were sent for which cost less: each brings what was paid for it."""

import pytest
from sqlalchemy import text

from app.services import orders, payments
from tests.factories.payments import TERMS
from tests.integration.orders.proving import broken
from tests.integration.orders.resending import leave, resent, worked_off
from tests.integration.orders.returning import after_sales, ask, asking, brought_back, refund
from tests.integration.orders.sending import CLERK
from tests.integration.orders.test_exchanges import EXCHANGE, as_listed, called_off, replace


async def test_who_got_what_it_costs_less_back_is_not_sent_the_same_again(session, sold):
    shop, buyer, order_id, line = sold
    await as_listed(session, shop, 10_000, 7_500)
    instead = {line: shop.skus[1].id}
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE, instead=instead)
    row = await replace(session, await brought_back(session, row, (1, 0, 0)))
    row = await called_off(session, row)
    with pytest.raises(after_sales.IllegalReturnTransition):
        await after_sales.replace(
            session, row["id"], version=row["version"], actor=CLERK, terms=TERMS, is_same=True
        )


async def test_what_costs_less_takes_nothing_from_pieces_that_stay(session, sold):
    """Each piece brings what was paid for it: 75.00 for the one that was swapped, or 100.00."""
    shop, buyer, order_id, line = sold
    await as_listed(session, shop, 10_000, 7_500)
    other = shop.skus[1].id
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE, instead={line: other})
    row = await replace(session, await brought_back(session, row, (1, 0, 0)))
    await leave(session, await resent(session, row))
    await worked_off(session)
    for held, paid in (({}, 10_000), ({line: other}, 7_500)):
        command = asking(order_id, (line, 1), held=held)
        seen = await after_sales.preview_return(session, command, actor=buyer, terms=TERMS)
        assert seen.wish.refund.amount_minor == paid
    for held, paid in (({line: other}, 7_500), ({}, 10_000)):
        row = await ask(session, buyer, order_id, (line, 1), held=held)
        row = await refund(session, await brought_back(session, row, (1, 0, 0)))
        view = await payments.read_refund(session, row["refund_id"])
        assert view.amount_minor == paid
    assert await broken(session) == []


@pytest.mark.parametrize("accepted", [1, 2])
async def test_money_instead_is_what_is_left_of_the_pieces_that_came(session, sold, accepted):
    """What was wanted cost less, that went back, and it could not be sent after all."""
    shop, buyer, order_id, line = sold
    await as_listed(session, shop, 10_000, 7_500)
    instead = {line: shop.skus[1].id}
    row = await ask(session, buyer, order_id, (line, accepted), **EXCHANGE, instead=instead)
    row = await replace(session, await brought_back(session, row, (accepted, 0, 0)))
    row = await refund(session, await called_off(session, row))
    view = await payments.read_refund(session, row["refund_id"])
    assert view.amount_minor == accepted * 7_500
    assert await broken(session) == []


async def test_the_second_swap_is_of_other_pieces(session, sold):
    shop, buyer, order_id, line = sold
    cheap, cheaper = shop.skus[1].id, shop.skus[2].id
    await as_listed(session, shop, 10_000, 7_500)
    await session.execute(
        text("UPDATE prices SET price_minor = 4_001 WHERE sku_id = :id"), {"id": cheaper}
    )
    for other in (cheap, cheaper):
        row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE, instead={line: other})
        row = await replace(session, await brought_back(session, row, (1, 0, 0)))
        await leave(session, await resent(session, row))
        await worked_off(session)
    found = await payments.read_standing(session, order_id, owner=orders.PLAN_OWNER)
    assert sorted(each.total_minor for each in found.left.left if each.span.line_id) == [
        4_001,
        7_500,
    ]
    assert await broken(session) == []
