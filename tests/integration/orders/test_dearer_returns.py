"""Goods that were sent instead for more, returned for money: what was charged goes back too."""

import pytest
from sqlalchemy import text

from app.core.enums.after_sales import ReturnKind
from app.services import payments
from tests.factories.payments import TERMS
from tests.integration.orders.charging import require_sound
from tests.integration.orders.dearer import DEARER, again, charges, heard, now, pay
from tests.integration.orders.resending import leave, resent
from tests.integration.orders.returning import after_sales, ask, brought_back
from tests.integration.orders.sending import CLERK


async def swapped(session, sold, row, pieces):
    """The exchange is paid, if it costs more, and sent."""
    row = await brought_back(session, row, (pieces, 0, 0))
    if any(each[0] == "due" for each in await charges(session, sold[2])):
        await pay(session, sold)
    await heard(session)
    await leave(session, await resent(session, await now(session, row)))
    await heard(session)
    assert (await now(session, row))["state"] == "sent"


async def returned(session, sold, sku_id, terms=TERMS):
    """What the return of one such piece brings of the order's own money."""
    _, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), held={line: sku_id} if sku_id else {})
    row = await brought_back(session, row, (1, 0, 0))
    row = await after_sales.refund_return(
        session, row["id"], version=row["version"], actor=CLERK, terms=terms
    )
    await heard(session)
    return await payments.read_refund(session, row["refund_id"])


async def test_each_piece_brings_what_it_was_charged(session, sold):
    shop, _, order_id, _ = sold
    await swapped(session, sold, await again(session, sold, 2), 2)
    for back in (DEARER, 2 * DEARER):
        assert (await returned(session, sold, shop.skus[1].id)).amount_minor == 10_000
        assert await charges(session, order_id) == [("paid", 2 * DEARER, back)]
        await require_sound(session)


async def test_who_kept_the_first_goods_gets_no_charge_of_the_others(session, sold):
    shop, _, order_id, _ = sold
    await swapped(session, sold, await again(session, sold, 1), 1)
    for sku_id, back in ((None, 0), (shop.skus[1].id, DEARER)):
        assert (await returned(session, sold, sku_id)).amount_minor == 10_000
        assert await charges(session, order_id) == [("paid", DEARER, back)]
        await require_sound(session)


async def test_what_is_swapped_twice_brings_both_charges(session, sold):
    shop, buyer, order_id, line = sold
    await swapped(session, sold, await again(session, sold, 1), 1)
    held, dearest = shop.skus[1].id, shop.skus[2].id
    await session.execute(
        text("UPDATE prices SET price_minor = 13_333 WHERE sku_id = :id"), {"id": dearest}
    )
    more = {"kind": ReturnKind.EXCHANGE, "held": {line: held}, "instead": {line: dearest}}
    await swapped(session, sold, await ask(session, buyer, order_id, (line, 1), **more), 1)
    assert (await returned(session, sold, dearest)).amount_minor == 10_000
    assert await charges(session, order_id) == [("paid", DEARER, DEARER), ("paid", 833, 833)]
    await require_sound(session)


@pytest.mark.parametrize(("alone", "state"), [(12_499, "waiting"), (12_500, "succeeded")])
async def test_both_are_one_decision(session, sold, alone, state):
    shop, _, _, _ = sold
    await swapped(session, sold, await again(session, sold, 1), 1)
    terms = payments.PaymentTerms(refund_alone_minor=alone)
    assert (await returned(session, sold, shop.skus[1].id, terms)).state == state
    found = text("SELECT DISTINCT state = 'waiting' FROM refunds")
    assert (await session.scalars(found)).all() == [state == "waiting"]
    await require_sound(session)
