"""Fees for repairs: asked by whoever looked, paid before the goods are mended, or not at all."""

import pytest

from app.core.enums.after_sales import MendOutcome, ReturnKind
from app.core.enums.payments import RefundReason
from app.services import orders
from app.services.orders.charges.close import DECLINED, LAPSED, WITHDRAWN
from app.services.orders.engine.after_sales import IllegalReturnTransition
from tests.integration.orders.charging import require_sound
from tests.integration.orders.dearer import charges, heard, now, pay, shut
from tests.integration.orders.resending import leave, resent
from tests.integration.orders.returning import (
    after_sales,
    approve,
    ask,
    fee,
    mend,
    receive,
    refund,
)
from tests.integration.orders.sending import CLERK

FEE = 3_000
BROKEN = {"kind": ReturnKind.REPAIR, "reason_code": RefundReason.DEFECTIVE}
PAID, BACK, SHUT = ("paid", FEE, 0), ("paid", FEE, FEE), ("closed", FEE, 0)


@pytest.fixture
async def brought(session, sold):
    """Goods to be repaired that are here, and what mending them costs."""
    _, buyer, order_id, line = sold
    row = await approve(session, await ask(session, buyer, order_id, (line, 1), **BROKEN))
    return await fee(session, await receive(session, row))


async def settled(session, sold):
    for _ in range(2):
        await heard(session)
    await require_sound(session)
    return await charges(session, sold[2])


async def test_it_is_paid_then_mended_and_sent(session, sold, brought):
    assert (brought["state"], brought["events"][-1]["action"]) == ("received", "ask_fee")
    with pytest.raises(after_sales.RepairUnpaid) as refused:
        await mend(session, brought)
    assert refused.value.context == {"amount_minor": FEE}
    await pay(session, sold)
    await heard(session)
    row = await mend(session, await now(session, brought))
    assert await settled(session, sold) == [PAID]
    await leave(session, await resent(session, row))
    assert await settled(session, sold) == [PAID]
    row = await now(session, row)
    assert (row["state"], row["mend_outcome"]) == ("sent", "repaired")


@pytest.mark.parametrize("why", [DECLINED, LAPSED])
async def test_goods_whose_fee_is_not_paid_go_back_as_they_are(session, sold, brought, why):
    await shut(session, sold, why)
    with pytest.raises(after_sales.RepairUnpaid):
        await mend(session, brought)
    assert await settled(session, sold) == [SHUT]
    row = await now(session, brought)
    assert (row["state"], row["mend_outcome"]) == ("sending", "as_it_was")
    assert row["events"][-1]["note"] == f"as_it_was: {why}"
    await leave(session, await resent(session, row))
    await heard(session)
    assert (await now(session, row))["state"] == "sent"


async def test_a_fee_the_shop_withdrew_is_no_fee(session, sold, brought):
    await shut(session, sold, WITHDRAWN)
    await heard(session)
    row = await now(session, brought)
    assert row["state"] == "received"
    assert (await mend(session, row))["state"] == "sending"
    assert await settled(session, sold) == [SHUT]


async def test_another_fee_that_was_asked_since_keeps_the_goods_here(session, sold, brought):
    await shut(session, sold, LAPSED)
    row = await fee(session, brought)
    await heard(session)
    assert (await now(session, row))["state"] == "received"
    with pytest.raises(after_sales.RepairUnpaid):
        await mend(session, row)
    await pay(session, sold)
    await mend(session, row)
    assert await settled(session, sold) == [SHUT, PAID]


@pytest.mark.parametrize("outcome", [MendOutcome.AS_IT_WAS, MendOutcome.UNREPAIRABLE])
@pytest.mark.parametrize("is_paid", [True, False])
async def test_what_comes_to_nothing_costs_nothing(session, sold, brought, outcome, is_paid):
    if is_paid:
        await pay(session, sold)
    row = await mend(session, brought, outcome)
    assert await settled(session, sold) == [BACK if is_paid else SHUT]
    if outcome is MendOutcome.UNREPAIRABLE:
        row = await refund(session, await now(session, row))
        assert row["state"] == "refunded"
    assert await settled(session, sold) == [BACK if is_paid else SHUT]


async def test_what_is_called_off_is_still_paid_for(session, sold, brought):
    await pay(session, sold)
    row = await mend(session, brought)
    row = await after_sales.call_off(
        session, row["id"], version=row["version"], actor=CLERK, note="It does not close"
    )
    assert await settled(session, sold) == [PAID]
    row = await mend(session, row, MendOutcome.AS_IT_WAS)
    assert (row["state"], await settled(session, sold)) == ("sending", [BACK])


async def test_one_fee_at_a_time_and_for_repairs_alone(session, sold, brought):
    with pytest.raises(orders.charges.ChargePending):
        await fee(session, brought)
    await pay(session, sold)
    row = await fee(session, brought)
    assert [each[0] for each in await charges(session, sold[2])] == ["paid", "due"]
    await pay(session, sold)
    await mend(session, row)
    assert await settled(session, sold) == [PAID, PAID]
    _, buyer, order_id, line = sold
    other = await approve(
        session, await ask(session, buyer, order_id, (line, 1), kind=ReturnKind.EXCHANGE)
    )
    with pytest.raises(IllegalReturnTransition):
        await fee(session, await receive(session, other))


async def test_what_is_paid_when_the_goods_are_on_their_way_goes_back(session, sold, brought):
    """It is paid before anybody heard that they are sent as they were."""
    await mend(session, brought, MendOutcome.AS_IT_WAS)
    await pay(session, sold)
    assert await settled(session, sold) == [BACK]
