"""Goods come back and others are sent for them, of the same kind or another."""

import pytest
from sqlalchemy import text

from app.core.enums.after_sales import DamageCause, ReturnKind
from app.core.enums.payments import RefundKind, RefundReason
from app.core.errors import InvalidReference
from app.core.ids import new_id
from app.services import orders, payments
from tests.factories.catalog import make_sku, make_spu
from tests.factories.merchants import make_merchant
from tests.factories.orders import order_row
from tests.factories.payments import TERMS
from tests.factories.pricing import put_price
from tests.integration.orders.proving import broken
from tests.integration.orders.resending import facts, leave, resent, worked_off
from tests.integration.orders.returning import (
    after_sales,
    approve,
    ask,
    asking,
    brought_back,
    inspect,
    receive,
    refund,
)
from tests.integration.orders.sending import CLERK, on_stock
from tests.integration.orders.test_resending import booked

EXCHANGE = {"kind": ReturnKind.EXCHANGE}


async def now(session, row):
    return await after_sales.get_return(session, row["id"], actor=CLERK)


async def replace(session, row):
    return await after_sales.replace(
        session, row["id"], version=row["version"], actor=CLERK, terms=TERMS
    )


async def test_the_same_again_is_promised_once_somebody_has_looked(session, sold):
    shop, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 2), **EXCHANGE)
    row = await brought_back(session, row, (1, 0, 1))
    assert row["state"] == "accepted"
    assert await on_stock(session, shop.skus[0].id) == (9, 0)
    await worked_off(session)
    assert (await now(session, row))["state"] == "sending"
    assert await on_stock(session, shop.skus[0].id) == (9, 2)
    await leave(session, await resent(session, row))
    await worked_off(session)
    row = await now(session, row)
    assert row["state"] == "sent"
    after = await order_row(session, order_id)
    assert (after["return_status"], after["payment_status"]) == ("none", "paid")
    # Two were sent at 300, of those that came back one can be sold again.
    assert await booked(session) == {"after_sales_cost:replacements": 300, "goods_clearing": -300}
    assert await broken(session) == []
    row = await ask(session, buyer, order_id, (line, 2))
    await refund(session, await brought_back(session, row, (2, 0, 0)))
    assert await broken(session) == []


async def test_another_sku_at_the_same_price_and_what_comes_back_of_it(session, sold):
    shop, buyer, order_id, line = sold
    other = shop.skus[1].id
    await as_listed(session, shop, 10_000, 10_000)
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE, instead={line: other})
    await brought_back(session, row, (1, 0, 0))
    await worked_off(session)
    parcel = await leave(session, await resent(session, row))
    assert [each["sku_id"] for each in parcel["lines"]] == [str(other)]
    await worked_off(session)
    (found,) = await after_sales.returnable(session, order_id, None, actor=buyer)
    assert (found.left, found.held) == (2, {other: 1})
    with pytest.raises(after_sales.NotReturnable) as refused:
        await ask(session, buyer, order_id, (line, 2))
    assert refused.value.context["lines"][0]["left"] == 1
    before = await on_stock(session, other)
    row = await ask(session, buyer, order_id, (line, 1), held={line: other})
    row = await brought_back(session, row, (1, 0, 0))
    assert await on_stock(session, other) == (before[0] + 1, 0)
    await refund(session, row)
    (found,) = await after_sales.returnable(session, order_id, None, actor=buyer)
    assert (found.left, found.held) == (1, {})
    assert await broken(session) == []


async def as_listed(session, shop, first, second):
    for sku, price in ((shop.skus[0], first), (shop.skus[1], second)):
        await session.execute(
            text("UPDATE prices SET price_minor = :price WHERE sku_id = :id"),
            {"price": price, "id": sku.id},
        )


async def test_what_costs_less_gives_the_difference_back(session, sold):
    shop, buyer, order_id, line = sold
    await as_listed(session, shop, 10_000, 7_500)
    instead = {line: shop.skus[1].id}
    command = asking(order_id, (line, 2), **EXCHANGE, instead=instead)
    found = await after_sales.preview_return(session, command, actor=buyer, terms=TERMS)
    assert (found.difference_minor, found.is_in_stock) == (-5_000, True)
    row = await ask(session, buyer, order_id, (line, 2), **EXCHANGE, instead=instead)
    row = await brought_back(session, row, (1, 0, 0))
    await worked_off(session)
    assert (await now(session, row))["state"] == "accepted"
    row = await replace(session, row)
    assert row["state"] == "sending"
    view = await payments.read_refund(session, row["difference_id"])
    assert (view.number, view.amount_minor) == (f"{row['number']}-D", 2_500)
    assert (await order_row(session, order_id))["payment_status"] == "partly_refunded"
    await leave(session, await resent(session, row))
    await worked_off(session)
    assert (await now(session, row))["state"] == "sent"
    assert await broken(session) == []


@pytest.mark.parametrize(("is_given", "back"), [(False, 500), (True, 2_500)])
async def test_of_what_costs_less_no_more_goes_back_than_is_left_and_that_once(
    session, sold, is_given, back
):
    shop, buyer, order_id, line = sold
    await as_listed(session, shop, 10_000, 7_500)
    instead = {line: shop.skus[1].id}
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE, instead=instead)
    row = await brought_back(session, row, (1, 0, 0))
    if is_given:
        row = await replace(session, await called_off(session, await replace(session, row)))
        row = await called_off(session, row)
    found = await payments.read_standing(session, order_id, owner=orders.PLAN_OWNER)
    left = sum(each.total_minor for each in found.left.left if each.span.line_id == line)
    wish = orders.RefundWish(
        kind=RefundKind.AMOUNT,
        reason_code=RefundReason.OTHER,
        reason="by hand",
        lines=((line, 2),),
        amount_minor=left - 1_000,
    )
    await orders.request_refund(session, order_id, wish, actor=CLERK, terms=TERMS)
    row = await replace(session, row)
    view = await payments.read_refund(session, row["difference_id"])
    assert (row["state"], view.amount_minor) == ("sending", back)
    assert await broken(session) == []


async def called_off(session, row):
    return await after_sales.call_off(
        session, row["id"], version=row["version"], actor=CLERK, note="wait"
    )


async def test_what_cannot_be_named(session, sold):
    shop, buyer, order_id, line = sold
    for more in (
        {"instead": {line: new_id()}},
        {"instead": {new_id(): shop.skus[1].id}},
        {"held": {new_id(): shop.skus[1].id}},
        {"kind": ReturnKind.RETURN, "instead": {line: shop.skus[1].id}},
    ):
        with pytest.raises(InvalidReference):
            await ask(session, buyer, order_id, (line, 1), **(EXCHANGE | more))


async def test_what_another_seller_sells_is_not_wanted_instead(session, sold):
    shop, buyer, order_id, line = sold
    other = await make_merchant(session)
    spu = await make_spu(session, merchant_id=other.id, category_id=shop.category.id)
    theirs = await make_sku(session, spu=spu)
    await put_price(session, shop.price_list.id, theirs.id, 10_000)
    with pytest.raises(InvalidReference, match="seller does not sell"):
        await ask(session, buyer, order_id, (line, 1), **EXCHANGE, instead={line: theirs.id})


async def test_nothing_to_send_opens_a_ticket_and_money_goes_back(session, sold):
    _shop, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE)
    row = await brought_back(session, row, (0, 1, 0))
    await session.execute(text("UPDATE stock SET on_hand = 0"))
    for _ in range(2):
        await worked_off(session)
    row = await now(session, row)
    assert row["state"] == "accepted"
    tickets = text("SELECT kind, return_id FROM order_tickets")
    assert (await session.execute(tickets)).all() == [("stock", row["id"])]
    with pytest.raises(after_sales.ReplacementOutOfStock) as refused:
        await replace(session, row)
    assert refused.value.context["refund_minor"] == 10_000


async def test_money_instead_of_what_was_looked_at(session, sold):
    _, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE)
    row = await refund(session, await brought_back(session, row, (0, 1, 0)))
    assert (row["kind"], row["state"]) == ("return", "refunded")
    assert (await order_row(session, order_id))["return_status"] == "partly_returned"
    await worked_off(session)
    assert await broken(session) == []


async def test_an_exchange_at_once_ends_when_both_have_moved(session, sold):
    shop, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE)
    row = await approve(session, row, is_at_once=True)
    assert (row["state"], row["is_at_once"]) == ("awaiting_goods", True)
    assert await on_stock(session, shop.skus[0].id) == (8, 1)
    await leave(session, await resent(session, row))
    await worked_off(session)
    with pytest.raises(after_sales.ReplacementLeft):
        await after_sales.cancel(session, row["id"], actor=buyer)


async def test_one_at_once_is_over_when_its_goods_are_there(session, sold):
    _, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE)
    row = await approve(session, row, is_at_once=True)
    await leave(session, await resent(session, row))
    row = await inspect(session, await receive(session, row), (1, 0, 0))
    assert row["state"] == "sent"
    await worked_off(session)
    assert set((await booked(session)).values()) == {0}
    assert await broken(session) == []


async def test_what_left_at_once_and_its_goods_never_came(session, sold):
    _, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE)
    row = await approve(session, row, is_at_once=True)
    await leave(session, await resent(session, row))
    row = await after_sales.close(
        session, row["id"], version=row["version"], actor=CLERK, note="No answer"
    )
    assert row["state"] == "closed"
    tickets = text("SELECT kind, return_id FROM order_tickets")
    assert (await session.execute(tickets)).all() == [("goods_owed", row["id"])]


@pytest.fixture
async def refused_after_it_left(session, sold):
    """An exchange at once whose goods came and were refused, and that the shopper contests."""
    _, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE)
    row = await approve(session, row, is_at_once=True)
    await leave(session, await resent(session, row))
    row = await inspect(session, await receive(session, row), (0, 0, 0))
    return await after_sales.escalate(session, row["id"], actor=buyer, note="It is new")


async def test_what_left_at_once_is_what_is_given_for_goods_accepted_after_all(
    session, refused_after_it_left
):
    """Neither goods nor money a second time."""
    row = await approve(session, refused_after_it_left)
    assert row["state"] == "sent"
    with pytest.raises(after_sales.IllegalReturnTransition):
        await replace(session, row)
    with pytest.raises(after_sales.IllegalReturnTransition):
        await refund(session, row)
    assert await broken(session) == []


async def test_what_left_at_once_is_not_settled_with_money_besides(session, refused_after_it_left):
    with pytest.raises(after_sales.ReplacementLeft):
        await approve(session, refused_after_it_left, for_money_instead=True, note="as agreed")


async def test_nothing_more_is_given_for_what_goods_were_sent_for(session, sold):
    """Also of one that was accepted before that was looked at."""
    _, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE)
    row = await approve(session, row, is_at_once=True)
    await leave(session, await resent(session, row))
    await inspect(session, await receive(session, row), (1, 0, 0))
    as_before = "UPDATE order_returns SET state = 'accepted' WHERE id = :id"
    await session.execute(text(as_before), {"id": row["id"]})
    with pytest.raises(after_sales.ReplacementLeft):
        await refund(session, await now(session, row))
    with pytest.raises(after_sales.ReplacementLeft):
        await replace(session, await now(session, row))


@pytest.mark.parametrize("price_minor", [7_500, 12_500])
async def test_what_costs_other_does_not_leave_at_once(session, sold, price_minor):
    """What it costs less would not go back, what it costs more is not paid."""
    shop, buyer, order_id, line = sold
    await as_listed(session, shop, 10_000, price_minor)
    instead = {line: shop.skus[1].id}
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE, instead=instead)
    row = await approve(session, row, is_at_once=True)
    assert (row["is_at_once"], row["sent_again"]) == (False, [])


async def test_who_got_what_it_costs_less_back_does_not_contest_the_rest(session, sold):
    """The difference goes back once, of what was accepted by then."""
    shop, buyer, order_id, line = sold
    await as_listed(session, shop, 10_000, 7_500)
    instead = {line: shop.skus[1].id}
    row = await ask(session, buyer, order_id, (line, 2), **EXCHANGE, instead=instead)
    row = await called_off(
        session, await replace(session, await brought_back(session, row, (1, 0, 0)))
    )
    assert (row["state"], row["difference_id"] is None) == ("accepted", False)
    with pytest.raises(after_sales.IllegalReturnTransition, match="went back"):
        await after_sales.escalate(session, row["id"], actor=buyer, note="Both are new")


async def test_what_was_promised_at_once_stays_when_the_shopper_thinks_better(session, sold):
    shop, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE)
    row = await approve(session, row, is_at_once=True)
    row = await after_sales.cancel(session, row["id"], actor=buyer)
    assert row["state"] == "cancelled"
    assert await on_stock(session, shop.skus[0].id) == (8, 0)
    assert await broken(session) == []


async def test_what_was_accepted_in_part_is_contested_once(session, sold):
    _, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 2))
    row = await brought_back(session, row, (1, 0, 0))
    row = await after_sales.escalate(session, row["id"], actor=buyer, note="Both are new")
    assert (row["state"], row["is_contested"]) == ("escalated", True)
    row = await after_sales.reject(
        session, row["id"], version=row["version"], actor=CLERK, note="Worn"
    )
    assert (row["state"], row["lines"][0]["accepted"]) == ("accepted", 1)
    with pytest.raises(after_sales.IllegalReturnTransition):
        await after_sales.escalate(session, row["id"], actor=buyer, note="But")
    await refund(session, row)
    assert await broken(session) == []


async def test_a_contest_is_won_or_taken_back(session, sold):
    _shop, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 2))
    row = await brought_back(session, row, (1, 0, 0))
    row = await after_sales.escalate(session, row["id"], actor=buyer, note="Both are new")
    row = await after_sales.cancel(session, row["id"], actor=buyer)
    assert (row["state"], row["lines"][0]["accepted"]) == ("accepted", 1)
    await session.execute(text("UPDATE order_returns SET is_contested = false"))
    row = await after_sales.escalate(session, row["id"], actor=buyer, note="Both are new")
    row = await approve(session, row)
    (found,) = row["lines"]
    assert (row["state"], found["accepted"], found["damaged"]) == ("accepted", 2, 1)
    assert await broken(session) == []


async def test_nothing_is_contested_of_what_was_accepted(session, sold):
    _, buyer, order_id, line = sold
    row = await brought_back(session, await ask(session, buyer, order_id, (line, 1)), (1, 0, 0))
    with pytest.raises(after_sales.NothingRefused):
        await after_sales.escalate(session, row["id"], actor=buyer, note="More")


@pytest.mark.parametrize(("cause", "count"), [(DamageCause.SUPPLIER, 1), (DamageCause.CARRIER, 0)])
async def test_suppliers_are_asked_to_answer_for_it(session, sold, cause, count):
    shop, buyer, order_id, line = sold
    row = await ask(
        session,
        buyer,
        order_id,
        (line, 2),
        reason_code=RefundReason.DEFECTIVE,
        media=("https://img.example/a.jpg",),
    )
    row = await receive(session, await approve(session, row))
    grades = {line: after_sales.Grades(0, 1, 1)}
    await after_sales.inspect_goods(
        session, row["id"], grades, version=row["version"], actor=CLERK, cause=cause
    )
    claims = await facts(session, "orders.supplier_claim.v1")
    assert len(claims) == count
    for claim in claims:
        assert claim["sku_ids"] == [str(shop.skus[0].id)]
        assert (claim["damaged"], claim["scrap"], claim["unit_costs_minor"]) == ([1], [1], [300])
        assert claim["media"] == ["https://img.example/a.jpg"]
