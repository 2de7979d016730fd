"""Goods come in to be repaired: they stay the shopper's, and go back, or cannot be repaired."""

import pytest
from sqlalchemy import text

from app.core.enums.after_sales import DamageCause, MendOutcome, ReturnKind
from app.core.enums.payments import RefundReason
from tests.factories.payments import TERMS
from tests.integration.orders.proving import broken
from tests.integration.orders.resending import facts, leave, resent, shipping, worked_off
from tests.integration.orders.returning import after_sales, approve, ask, mend, receive, refund
from tests.integration.orders.sending import CLERK, on_stock

BROKEN = {"kind": ReturnKind.REPAIR, "reason_code": RefundReason.DEFECTIVE}


async def brought(session, sold):
    _, buyer, order_id, line = sold
    row = await approve(session, await ask(session, buyer, order_id, (line, 1), **BROKEN))
    return await receive(session, row)


async def lies(session, shop):
    """Sellable, promised, damaged and frozen pieces."""
    statement = text("SELECT damaged, frozen FROM stock WHERE sku_id = :id")
    row = (await session.execute(statement, {"id": shop.skus[0].id})).one()
    return (*await on_stock(session, shop.skus[0].id), *row)


@pytest.mark.parametrize("outcome", [MendOutcome.REPAIRED, MendOutcome.AS_IT_WAS])
async def test_it_goes_back_and_nothing_was_sold(session, sold, outcome):
    shop, buyer, order_id, _ = sold
    row = await brought(session, sold)
    assert await lies(session, shop) == (8, 0, 0, 1)
    assert await broken(session) == []
    row = await mend(session, row, outcome)
    assert (row["state"], row["sent_again"][0]["kind"]) == ("sending", "repair")
    assert row["mend_outcome"] == outcome
    assert row["events"][-1]["note"] == f"{outcome}: a new battery"
    assert await lies(session, shop) == (8, 0, 0, 1)
    await leave(session, await resent(session, row))
    await worked_off(session)
    row = await after_sales.get_return(session, row["id"], actor=buyer)
    assert row["state"] == "sent"
    assert await lies(session, shop) == (8, 0, 0, 0)
    (found,) = await after_sales.returnable(session, order_id, None, actor=buyer)
    assert found.left == 2
    assert await broken(session) == []


async def test_what_cannot_be_repaired_is_ours_and_paid_for(session, sold):
    shop, *_ = sold
    row = await brought(session, sold)
    row = await mend(session, row, MendOutcome.UNREPAIRABLE, cause=DamageCause.SUPPLIER)
    assert (row["state"], row["lines"][0]["damaged"]) == ("accepted", 1)
    assert await lies(session, shop) == (8, 0, 1, 0)
    (claim,) = await facts(session, "orders.supplier_claim.v1")
    assert claim["damaged"] == [1]
    row = await refund(session, row)
    assert (row["kind"], row["state"]) == ("return", "refunded")
    assert await broken(session) == []


async def test_what_cannot_be_repaired_is_replaced(session, sold):
    shop, *_ = sold
    row = await mend(session, await brought(session, sold), MendOutcome.UNREPAIRABLE)
    row = await after_sales.replace(
        session, row["id"], version=row["version"], actor=CLERK, terms=TERMS
    )
    assert row["state"] == "sending"
    await leave(session, await resent(session, row))
    await worked_off(session)
    assert await lies(session, shop) == (7, 0, 1, 0)
    assert await broken(session) == []


async def test_what_is_sent_back_too_soon_is_repaired_again(session, sold):
    shop, *_ = sold
    row = await mend(session, await brought(session, sold), MendOutcome.REPAIRED)
    row = await after_sales.call_off(
        session, row["id"], version=row["version"], actor=CLERK, note="It does not close"
    )
    assert row["state"] == "received"
    assert await broken(session) == []
    row = await mend(session, row, MendOutcome.REPAIRED)
    parcel = await leave(session, await resent(session, row))
    await shipping.take_in(session, parcel["id"], is_resellable=True, actor=CLERK)
    assert await lies(session, shop) == (8, 0, 0, 1)
    assert await broken(session) == []
