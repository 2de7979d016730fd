"""Gifts in returns: they come back with what earned them, or cost what they list for."""

import pytest

from app.core.enums.after_sales import ReturnKind
from app.core.enums.payments import RefundKind, RefundReason
from app.services import orders, payments
from tests.factories.orders import order_row, place, shopper
from tests.factories.payments import BALANCE_TENDER, TERMS, give_balance, staff
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.orders.charging import require_sound
from tests.integration.orders.returning import (
    after_sales,
    approve,
    ask,
    asking,
    brought_back,
    refund,
)
from tests.integration.orders.sending import line_ids, on_stock, send

CUP = 5_000
"""What the gift lists for; a tea costs twice that."""


@pytest.fixture
async def given(session):
    return await three_teas(session, 20_000)


async def three_teas(session, least, policy="prorata"):
    """A shop, whoever bought three teas there, the order, its teas and the cups `least` earns.

    With `reprice` a discount is worked out anew from what is kept.
    """
    shop = await make_shop(session)
    if policy == "reprice":
        await make_promotion(
            session,
            shop.merchant.id,
            action={"type": "amount_off", "amount_minor": 1_000},
            condition={"all": [{"type": "min_amount", "amount_minor": 25_000}]},
            refund={"policy": policy},
            stack={"in_stage": "stack"},
        )
    presents = [{"sku_id": str(shop.skus[2].id), "quantity": 2}]
    await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "gift", "presents": presents},
        condition={"all": [{"type": "min_amount", "amount_minor": least}]},
        stack={"in_stage": "stack"},
    )
    await give_balance(session, shop.member.id, 1_000_000)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 3)], tenders=[BALANCE_TENDER])
    await send(session, placed.id)
    teas, cups = await line_ids(session, placed.id)
    return shop, shopper(shop.member.id), placed.id, teas, cups


async def money(session, row):
    view = await payments.read_refund(session, row["refund_id"])
    return view.amount_minor, view.withheld_minor


async def of_cups(session, shop):
    """Cups on the shelf; ten were there, two were given."""
    return (await on_stock(session, shop.skus[2].id))[0]


async def test_one_tea_less_still_earns_the_cups(session, given):
    _, lin, order_id, teas, _ = given
    row = await ask(session, lin, order_id, (teas, 1))
    row = await refund(session, await brought_back(session, row, (1, 0, 0)))
    assert await money(session, row) == (10_000, 0)
    await require_sound(session)


async def test_who_keeps_the_cups_has_to_say_so(session, given):
    _, lin, order_id, teas, cups = given
    with pytest.raises(orders.GiftNotReturned) as refused:
        await ask(session, lin, order_id, (teas, 2))
    assert refused.value.context["gifts"] == [{"line_id": str(cups), "quantity": 2}]
    with pytest.raises(orders.GiftNotReturned) as refused:
        await ask(session, lin, order_id, (teas, 2), (cups, 1))
    assert refused.value.context["gifts"] == [{"line_id": str(cups), "quantity": 1}]
    command = asking(order_id, (teas, 2), deducts_gifts=True)
    seen = await after_sales.preview_return(session, command, actor=lin, terms=TERMS)
    assert (seen.wish.refund.amount_minor, seen.wish.withheld_minor) == (20_000 - 2 * CUP, 2 * CUP)
    of_one, (part,) = 10_000 - CUP, seen.wish.refund.parts
    assert [
        (each.line_id, each.first_index, each.quantity, each.amount_minor, each.tenders)
        for each in seen.wish.refund.units
    ] == [(teas, place, 1, of_one, ((part.tender_id, of_one),)) for place in (0, 1)]


@pytest.mark.parametrize("grades", [(2, 0, 0), (1, 1, 0), (0, 2, 0), (0, 0, 2)])
async def test_cups_that_come_along_cost_nothing_in_whatever_condition(session, given, grades):
    shop, lin, order_id, teas, cups = given
    row = await ask(session, lin, order_id, (teas, 2), (cups, 2))
    row = await refund(session, await brought_back(session, row, (2, 0, 0), grades))
    assert await money(session, row) == (20_000, 0)
    assert await of_cups(session, shop) == 8 + grades[0]
    await require_sound(session)


@pytest.mark.parametrize("came", [0, 1])
async def test_cups_that_were_promised_and_are_not_there_are_deducted(session, given, came):
    shop, lin, order_id, teas, cups = given
    row = await ask(session, lin, order_id, (teas, 2), (cups, 2))
    row = await brought_back(session, row, (1, 1, 0), (came, 0, 0))
    with pytest.raises(orders.GiftNotReturned) as refused:
        await refund(session, row)
    short = 2 - came
    assert refused.value.context["gifts"] == [
        {"line_id": str(cups), "quantity": short, "value_minor": short * CUP}
    ]
    row = await refund(session, row, deducts_gifts=True)
    assert await money(session, row) == (20_000 - short * CUP, short * CUP)
    assert await of_cups(session, shop) == 8 + came
    await require_sound(session)


async def test_what_was_to_be_deducted_and_came_all_the_same_is_not(session, given):
    _, lin, order_id, teas, cups = given
    row = await ask(session, lin, order_id, (teas, 2), (cups, 2), deducts_gifts=True)
    row = await refund(session, await brought_back(session, row, (2, 0, 0), (2, 0, 0)))
    assert await money(session, row) == (20_000, 0)
    await require_sound(session)


async def test_cups_are_deducted_once_however_many_returns_there_are(session, given):
    _, lin, order_id, teas, _ = given
    row = await ask(session, lin, order_id, (teas, 2), deducts_gifts=True)
    row = await refund(session, await brought_back(session, row, (2, 0, 0)))
    assert await money(session, row) == (10_000, 10_000)
    row = await ask(session, lin, order_id, (teas, 1), deducts_gifts=True)
    row = await refund(session, await brought_back(session, row, (1, 0, 0)))
    assert await money(session, row) == (10_000, 0)
    await require_sound(session)


@pytest.mark.parametrize("policy", ["prorata", "reprice"])
@pytest.mark.parametrize("steps", [[(0, 2), (1, 0)], [(0, 1), (0, 1), (1, 0)], [(1, 1), (0, 1)]])
async def test_cups_that_were_paid_for_and_come_back_bring_what_was_kept(session, policy, steps):
    """Who brings back everything gets everything, in whatever order (INV-13)."""
    shop, lin, order_id, teas, cups = await three_teas(session, 20_000, policy)
    row = await ask(session, lin, order_id, (teas, 2), deducts_gifts=True)
    row = await refund(session, await brought_back(session, row, (2, 0, 0)))
    first = await money(session, row)
    assert first[1] == 2 * CUP
    sums = [first[0]]
    for some_teas, some_cups in steps:
        wanted = [each for each in ((teas, some_teas), (cups, some_cups)) if each[1]]
        row = await ask(session, lin, order_id, *wanted, deducts_gifts=True)
        row = await brought_back(session, row, *((n, 0, 0) for _, n in wanted))
        row = await refund(session, row)
        amount, kept = await money(session, row)
        assert kept == 0
        assert amount >= some_cups * CUP
        sums.append(amount)
    payable = (await order_row(session, order_id))["payable_minor"]
    found = await payments.read_standing(session, order_id, owner=orders.PLAN_OWNER)
    assert sum(sums) == payable - found.left.left_of([payments.SHIPPING])
    assert (await order_row(session, order_id))["return_status"] == "returned"
    assert await of_cups(session, shop) == 10
    await require_sound(session)


async def test_what_was_kept_for_cups_and_given_as_goodwill_is_not_given_again(session, given):
    _, lin, order_id, teas, cups = given
    row = await ask(session, lin, order_id, (teas, 2), deducts_gifts=True)
    await refund(session, await brought_back(session, row, (2, 0, 0)))
    found = await payments.read_standing(session, order_id, owner=orders.PLAN_OWNER)
    gone = payments.NewRefund(
        kind=RefundKind.AMOUNT,
        reason_code=RefundReason.OTHER,
        reason="so sorry",
        takes=(payments.Take((found.returned,), 2 * CUP - 1),),
    )
    found = await payments.locked_standing(session, order_id, owner=orders.PLAN_OWNER)
    await payments.record_refund(session, found, gone, owner=orders.PLAN_OWNER, actor=staff())
    row = await ask(session, lin, order_id, (cups, 2))
    row = await refund(session, await brought_back(session, row, (2, 0, 0)))
    assert await money(session, row) == (1, 0)
    await require_sound(session)


async def test_cups_that_come_by_themselves_leave_nothing_to_deduct(session, given):
    _, lin, order_id, teas, cups = given
    row = await ask(session, lin, order_id, (cups, 2))
    row = await refund(session, await brought_back(session, row, (1, 0, 1)))
    assert (row["state"], await money(session, row)) == ("refunded", (0, 0))
    row = await ask(session, lin, order_id, (teas, 3))
    row = await refund(session, await brought_back(session, row, (3, 0, 0)))
    assert await money(session, row) == (30_000, 0)
    await require_sound(session)


@pytest.mark.parametrize("is_second_before", [True, False])
@pytest.mark.parametrize(("least", "pieces"), [(20_000, 2), (30_000, 1)])
async def test_a_refused_refund_does_not_lose_what_is_due_for_the_cups(
    session, least, pieces, is_second_before
):
    """The first, by which they are not earned any more, waits for somebody who refuses it."""
    _, lin, order_id, teas, _ = await three_teas(session, least)
    fair = {"reason_code": RefundReason.GOODWILL, "deducts_gifts": True}
    first = await ask(session, lin, order_id, (teas, pieces), **fair)
    first = await refund(session, await brought_back(session, first, (pieces, 0, 0)))
    assert first["state"] == "refunding"
    assert await money(session, first) == (pieces * 10_000 - 2 * CUP, 2 * CUP)
    rest = 3 - pieces
    second = await ask(session, lin, order_id, (teas, rest), deducts_gifts=True)
    second = await brought_back(session, second, (rest, 0, 0))
    if is_second_before:
        second = await refund(session, second)
    view = await payments.read_refund(session, first["refund_id"])
    await orders.reject_refund(
        session, view.id, version=view.version, reason="Ask again", actor=staff()
    )
    first = await after_sales.get_return(session, first["id"], actor=staff())
    if first["state"] == "refunding":
        first = await refund(session, first)
    assert first["state"] == "accepted"
    if not is_second_before:
        second = await refund(session, second)
    first = await refund(session, first)
    view = await payments.read_refund(session, first["refund_id"])
    view = await orders.approve_refund(session, view.id, version=view.version, actor=staff())
    both = [await money(session, each) for each in (first, second)]
    assert sum(each[0] for each in both) == 30_000 - 2 * CUP
    assert sum(each[1] for each in both) == 2 * CUP
    await require_sound(session)


async def test_goods_settled_for_money_ask_for_the_cups_then(session, given):
    _, lin, order_id, teas, _ = given
    row = await ask(session, lin, order_id, (teas, 2), kind=ReturnKind.EXCHANGE)
    row = await brought_back(session, row, (2, 0, 0))
    with pytest.raises(orders.GiftNotReturned):
        await refund(session, row)
    row = await refund(session, row, deducts_gifts=True)
    assert await money(session, row) == (10_000, 10_000)
    await require_sound(session)


async def test_cups_are_refused_with_the_teas_and_contested_with_them(session, given):
    _, lin, order_id, teas, cups = given
    row = await ask(session, lin, order_id, (teas, 2), (cups, 2))
    row = await brought_back(session, row, (2, 0, 0), (0, 0, 0))
    row = await after_sales.escalate(session, row["id"], actor=lin, note="They are whole")
    row = await refund(session, await approve(session, row))
    assert await money(session, row) == (20_000, 0)
    await require_sound(session)


async def test_what_was_kept_for_one_gift_is_not_kept_for_another(session):
    """The first return, which loses the cup, is refused after the second lost the spoon."""
    shop, (cup, spoon) = await make_shop(session), (5_000, 20_000)
    for sku, least in ((shop.skus[2], 30_000), (shop.skus[1], 20_000)):
        await make_promotion(
            session,
            shop.merchant.id,
            action={"type": "gift", "presents": [{"sku_id": str(sku.id), "quantity": 1}]},
            condition={"all": [{"type": "min_amount", "amount_minor": least}]},
            stack={"in_stage": "stack"},
        )
    await give_balance(session, shop.member.id, 1_000_000)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 3)], tenders=[BALANCE_TENDER])
    await send(session, placed.id)
    teas, *gifts = await line_ids(session, placed.id)
    assert len(gifts) == 2
    lin, order_id = shopper(shop.member.id), placed.id
    fair = {"reason_code": RefundReason.GOODWILL, "deducts_gifts": True}
    first = await ask(session, lin, order_id, (teas, 1), **fair)
    first = await refund(session, await brought_back(session, first, (1, 0, 0)))
    assert (first["state"], await money(session, first)) == ("refunding", (10_000 - cup, cup))
    second = await ask(session, lin, order_id, (teas, 1), deducts_gifts=True)
    second = await refund(session, await brought_back(session, second, (1, 0, 0)))
    # The spoon is worth more than the tea: the rest is due with what comes back next.
    assert await money(session, second) == (0, 10_000)
    view = await payments.read_refund(session, first["refund_id"])
    await orders.reject_refund(
        session, view.id, version=view.version, reason="Ask again", actor=staff()
    )
    first = await after_sales.get_return(session, first["id"], actor=staff())
    third = await ask(session, lin, order_id, (teas, 1), deducts_gifts=True)
    third = await refund(session, await brought_back(session, third, (1, 0, 0)))
    assert await money(session, third) == (0, 10_000)
    first = await refund(session, first)
    view = await payments.read_refund(session, first["refund_id"])
    assert (view.amount_minor, view.withheld_minor) == (10_000 - cup, cup)
    await orders.approve_refund(session, view.id, version=view.version, actor=staff())
    kept = [(await money(session, each))[1] for each in (first, second, third)]
    assert sum(kept) == cup + spoon
    await require_sound(session)
