"""Exchanges for what costs more: asked for when they are approved, paid, or settled otherwise."""

import pytest
from sqlalchemy import text

from app.core.enums.after_sales import ReturnKind, ReturnState
from app.core.enums.catalog import SkuStatus, TaxMode
from app.services import orders
from tests.factories.payments import TERMS
from tests.integration.orders.charging import require_sound
from tests.integration.orders.dearer import (
    DEARER,
    again,
    charges,
    dearer,
    heard,
    now,
    pay,
    replace,
    shut,
)
from tests.integration.orders.resending import leave, resent
from tests.integration.orders.returning import (
    after_sales,
    approve,
    asking,
    brought_back,
    inspect,
    receive,
    refund,
)
from tests.integration.orders.sending import CLERK, on_stock

S = ReturnState


async def test_the_preview_says_what_more_it_costs(session, sold):
    shop, buyer, order_id, line = sold
    instead = await dearer(session, sold)
    command = asking(order_id, (line, 2), kind=ReturnKind.EXCHANGE, instead=instead)
    found = await after_sales.preview_return(session, command, actor=buyer, terms=TERMS)
    assert found.difference_minor == 2 * DEARER
    assert shop.skus[1].id in instead.values()


@pytest.mark.parametrize(
    ("is_listed", "more"),
    [
        # 125.00 and 16.25 of tax instead of 100.00 and 13.00.
        (True, 2_825),
        # Instead of 100.00 with tax in them, which they were when they were ordered.
        (False, 4_125),
    ],
)
async def test_what_more_it_costs_has_its_tax(session, sold, is_listed, more):
    """Prices contain tax until the goods are ordered, and are listed without it since."""
    shop, buyer, order_id, line = sold
    instead = await dearer(session, sold)
    shop.channel.tax_mode = TaxMode.EXCLUSIVE
    if not is_listed:
        shop.skus[0].status = SkuStatus.INACTIVE
    await session.flush()
    command = asking(order_id, (line, 2), kind=ReturnKind.EXCHANGE, instead=instead)
    found = await after_sales.preview_return(session, command, actor=buyer, terms=TERMS)
    assert found.difference_minor == 2 * more


async def test_it_is_asked_for_when_it_is_approved_and_sent_when_it_is_paid(session, sold):
    shop, buyer, order_id, _ = sold
    row = await again(session, sold, 2)
    assert await charges(session, order_id) == []
    row = await approve(session, row, is_at_once=True)
    assert (row["state"], row["is_at_once"], row["sent_again"]) == ("awaiting_goods", False, [])
    assert await charges(session, order_id) == [("due", 2 * DEARER, 0)]
    await pay(session, sold)
    await heard(session)
    row = await inspect(session, await receive(session, await now(session, row)), (2, 0, 0))
    await heard(session)
    row = await now(session, row)
    assert row["state"] == "sending"
    assert await on_stock(session, shop.skus[1].id) == (10, 2)
    await leave(session, await resent(session, row))
    await heard(session)
    assert (await now(session, row))["state"] == "sent"
    assert await charges(session, order_id) == [("paid", 2 * DEARER, 0)]
    await require_sound(session)
    (found,) = await after_sales.returnable(session, order_id, None, actor=buyer)
    assert found.held == {shop.skus[1].id: 2}


async def test_what_is_paid_after_somebody_looked_is_sent_then(session, sold):
    row = await brought_back(session, await again(session, sold, 1), (1, 0, 0))
    await heard(session)
    row = await now(session, row)
    assert row["state"] == "accepted"
    with pytest.raises(after_sales.ExchangeUnpaid) as refused:
        await replace(session, row)
    assert refused.value.context == {"difference_minor": DEARER}
    await pay(session, sold)
    await heard(session)
    assert (await now(session, row))["state"] == "sending"
    await require_sound(session)


async def test_pieces_that_were_refused_get_their_difference_back(session, sold):
    _, _, order_id, _ = sold
    row = await approve(session, await again(session, sold, 2))
    await pay(session, sold)
    row = await inspect(session, await receive(session, row), (0, 1, 0))
    for _ in range(2):
        await heard(session)
    assert (await now(session, row))["state"] == "sending"
    assert await charges(session, order_id) == [("paid", 2 * DEARER, DEARER)]
    await require_sound(session)


@pytest.mark.parametrize("by", ["shopper", "shop", "time"])
async def test_what_nobody_pays_stays_open_for_money(session, sold, by):
    _, _, order_id, _ = sold
    row = await brought_back(session, await again(session, sold, 1), (1, 0, 0))
    await shut(session, sold, by)
    await heard(session)
    row = await now(session, row)
    assert (row["state"], await charges(session, order_id)) == ("accepted", [("closed", DEARER, 0)])
    row = await refund(session, row)
    await heard(session)
    assert (row["kind"], row["state"]) == ("return", "refunded")
    await require_sound(session)


async def test_or_for_the_same_again(session, sold):
    shop, _, order_id, _ = sold
    row = await brought_back(session, await again(session, sold, 1), (1, 0, 0))
    row = await replace(session, row, is_same=True)
    assert row["lines"][0]["for_sku_id"] == str(shop.skus[0].id)
    for _ in range(2):
        await heard(session)
    assert (row["state"], await charges(session, order_id)) == ("sending", [("closed", DEARER, 0)])
    await leave(session, await resent(session, row))
    await heard(session)
    assert (await now(session, row))["state"] == "sent"
    await require_sound(session)


async def test_the_same_again_gives_back_what_was_paid(session, sold):
    _, _, order_id, _ = sold
    row = await brought_back(session, await again(session, sold, 1), (1, 0, 0))
    await pay(session, sold)
    row = await replace(session, row, is_same=True)
    for _ in range(2):
        await heard(session)
    assert await charges(session, order_id) == [("paid", DEARER, DEARER)]
    await require_sound(session)


async def test_it_is_asked_for_again_once_at_a_time(session, sold):
    _, _, order_id, _ = sold
    row = await approve(session, await again(session, sold, 1))
    with pytest.raises(orders.charges.ChargePending):
        await more(session, row)
    await shut(session, sold, "shopper")
    after = await more(session, row)
    assert (after["state"], after["due_at"]) == ("awaiting_goods", row["due_at"])
    assert [each[0] for each in await charges(session, order_id)] == ["closed", "due"]
    await pay(session, sold)
    with pytest.raises(after_sales.NothingToPay):
        await more(session, after)
    await heard(session)
    await require_sound(session)


async def more(session, row):
    return await after_sales.charge_difference(
        session, row["id"], version=row["version"], actor=CLERK
    )


async def fall_by_inspection(session, row, _buyer):
    await inspect(session, await receive(session, row), (0, 0, 0))


async def fall_by_call_off(session, row, _buyer):
    await inspect(session, await receive(session, row), (1, 0, 0))
    await heard(session)
    row = await now(session, row)
    assert row["state"] == "sending"
    row = await after_sales.call_off(
        session, row["id"], version=row["version"], actor=CLERK, note="Broken"
    )
    await heard(session)
    assert [each[2] for each in await charges(session, row["order_id"])] == [0]
    await refund(session, row)


async def fall_by_the_shopper(session, row, buyer):
    await after_sales.cancel(session, row["id"], actor=buyer)


async def fall_by_closing(session, row, _buyer):
    await after_sales.close(
        session, row["id"], version=row["version"], actor=CLERK, note="Never came"
    )


async def fall_by_money(session, row, _buyer):
    await refund(session, await inspect(session, await receive(session, row), (1, 0, 0)))


FALLS = [fall_by_inspection, fall_by_call_off, fall_by_the_shopper, fall_by_closing, fall_by_money]


@pytest.mark.parametrize("fall", FALLS)
@pytest.mark.parametrize("is_paid", [True, False])
async def test_what_falls_through_gives_it_back_once(session, sold, fall, is_paid):
    _, buyer, order_id, _ = sold
    row = await approve(session, await again(session, sold, 1))
    if is_paid:
        await pay(session, sold)
    elif fall is fall_by_call_off:
        return
    await fall(session, row, buyer)
    for _ in range(3):
        await heard(session)
    expected = ("paid", DEARER, DEARER) if is_paid else ("closed", DEARER, 0)
    assert await charges(session, order_id) == [expected]
    held = text("SELECT count(*) FROM order_holds WHERE lifted_at IS NULL")
    assert await session.scalar(held) == 0
    await require_sound(session)


async def test_money_that_comes_when_it_is_over_goes_back(session, sold):
    """It is paid before anybody heard that the exchange is over."""
    _, buyer, order_id, _ = sold
    row = await approve(session, await again(session, sold, 1))
    await after_sales.cancel(session, row["id"], actor=buyer)
    await pay(session, sold)
    for _ in range(2):
        await heard(session)
    assert await charges(session, order_id) == [("paid", DEARER, DEARER)]
    await require_sound(session)


async def test_a_rejected_one_that_is_approved_after_all_is_asked_for_anew(session, sold):
    _, buyer, order_id, _ = sold
    row = await approve(session, await again(session, sold, 1))
    await pay(session, sold)
    row = await inspect(session, await receive(session, row), (0, 0, 0))
    await heard(session)
    row = await after_sales.escalate(session, row["id"], actor=buyer, note="It is new")
    row = await approve(session, row)
    assert await charges(session, order_id) == [("paid", DEARER, DEARER), ("due", DEARER, 0)]
    await pay(session, sold)
    await heard(session)
    assert (await now(session, row))["state"] == "sending"
    await require_sound(session)
