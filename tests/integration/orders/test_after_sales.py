"""Returns: asked for, decided, sent back, looked at, refunded; what each means for the order."""

import pytest
from sqlalchemy import text

from app.core.actor import Actor, Audience
from app.core.after_sales_settings import AfterSalesSettings
from app.core.db import unit_of_work
from app.core.enums.after_sales import ReturnKind, ReturnState
from app.core.enums.payments import RefundKind, RefundReason
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.services import orders, payments
from tests.factories.merchants import make_merchant
from tests.factories.orders import order_row, place, shopper
from tests.factories.payments import BALANCE_TENDER, TERMS, give_balance, staff
from tests.factories.shop import make_shop
from tests.integration.orders.returning import (
    LIMITS,
    after_sales,
    approve,
    ask,
    asking,
    brought_back,
    inspect,
    receive,
    refund,
)
from tests.integration.orders.sending import CLERK, line_ids, on_stock, send

S = ReturnState


@pytest.fixture
async def bought(session):
    """A shop, who bought three of one SKU and one of another there, and the lines, all sent."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    lines = [(shop.skus[0].id, 3), (shop.skus[1].id, 1)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    await send(session, placed.id)
    return shop, shopper(shop.member.id), placed.id, await line_ids(session, placed.id)


async def standing(session, order_id):
    row = await order_row(session, order_id)
    return row["return_status"], row["payment_status"]


async def damaged(session, shop):
    statement = text("SELECT damaged FROM stock WHERE sku_id = :id")
    return await session.scalar(statement, {"id": shop.skus[0].id})


def merchant_of(shop):
    return Actor(Audience.MERCHANT, new_id(), merchant_id=shop.merchant.id)


async def test_goods_come_back_and_money_goes_back(session, bought):
    shop, buyer, order_id, (three, _) = bought
    row = await ask(session, buyer, order_id, (three, 2), media=("https://img.example/a.jpg",))
    assert (row["state"], row["number"][0], row["media"]) == (
        "requested",
        "A",
        ["https://img.example/a.jpg"],
    )
    assert await standing(session, order_id) == ("requested", "paid")
    row = await approve(session, row)
    assert (row["state"], row["due_at"] is not None) == ("awaiting_goods", True)
    for number in ("SF1", "SF1", "SF2"):
        row = await after_sales.send_goods(session, row["id"], "sf", number, actor=buyer)
    assert (row["state"], row["tracking_number"], row["due_at"]) == ("in_transit", "SF2", None)
    row = await inspect(session, await receive(session, row), (1, 1, 0))
    assert row["state"] == "accepted"
    assert await on_stock(session, shop.skus[0].id) == (8, 0)
    assert await damaged(session, shop) == 1
    row = await refund(session, row)
    assert row["state"] == "refunded"
    assert await standing(session, order_id) == ("partly_returned", "partly_refunded")
    view = await payments.read_refund(session, row["refund_id"])
    assert (view.number, view.kind) == (row["number"], RefundKind.UNITS)
    assert [(span.line_id, span.quantity) for span in view.units] == [(three, 2)]
    assert [each["state"] for each in row["events"]] == [
        "requested",
        "awaiting_goods",
        "in_transit",
        "in_transit",
        "received",
        "accepted",
        "refunded",
    ]


async def test_all_that_was_bought_is_returned(session, bought):
    _, buyer, order_id, (three, one) = bought
    row = await brought_back(
        session,
        await ask(session, buyer, order_id, (three, 3), (one, 1)),
        (3, 0, 0),
        (0, 0, 1),
    )
    await refund(session, row)
    assert (await standing(session, order_id))[0] == "returned"
    lines = await after_sales.returnable(session, order_id, None, actor=buyer)
    assert [each.reasons for each in lines] == [("nothing_left",), ("nothing_left",)]


async def test_money_without_goods(session, bought):
    shop, buyer, order_id, (three, _) = bought
    row = await ask(
        session,
        buyer,
        order_id,
        (three, 1),
        kind=ReturnKind.REFUND_ONLY,
        reason_code=RefundReason.DEFECTIVE,
    )
    row = await refund(session, await approve(session, row))
    assert (row["state"], row["lines"][0]["accepted"]) == ("refunded", 1)
    assert await standing(session, order_id) == ("none", "partly_refunded")
    assert await on_stock(session, shop.skus[0].id) == (7, 0)


async def test_what_is_still_to_be_sent_is_sent(session):
    """Pieces that came back had left: none of those that wait takes their place."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    lines = [(shop.skus[0].id, 3)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    (three,) = await line_ids(session, placed.id)
    await send(session, placed.id, {three: 2})
    row = await ask(session, shopper(shop.member.id), placed.id, (three, 2))
    await refund(session, await brought_back(session, row, (2, 0, 0)))
    assert await on_stock(session, shop.skus[0].id) == (10, 1)
    await send(session, placed.id, {three: 1})
    assert await on_stock(session, shop.skus[0].id) == (9, 0)
    lines = await after_sales.returnable(session, placed.id, None, actor=shopper(shop.member.id))
    assert [each.left for each in lines] == [1]


async def test_a_second_person_decides_and_the_return_follows(session, bought):
    _, buyer, order_id, (three, _) = bought
    row = await brought_back(session, await ask(session, buyer, order_id, (three, 2)), (2, 0, 0))
    low = payments.PaymentTerms(refund_alone_minor=1)
    for number in (row["number"], f"{row['number']}-2"):
        row = await after_sales.refund_return(
            session, row["id"], version=row["version"], actor=CLERK, terms=low
        )
        assert row["state"] == "refunding"
        waiting = await payments.read_refund(session, row["refund_id"])
        assert waiting.number == number
        assert await refund(session, row) == row
        if number == row["number"]:
            await orders.reject_refund(
                session, waiting.id, version=1, reason="too much", actor=staff()
            )
            row = await after_sales.get_return(session, row["id"], actor=CLERK)
            assert (row["state"], row["refund_id"]) == ("accepted", None)
            assert (await standing(session, order_id))[0] == "requested"
    await orders.approve_refund(session, waiting.id, version=1, actor=staff())
    row = await after_sales.get_return(session, row["id"], actor=CLERK)
    assert (row["state"], row["refund_id"]) == ("refunded", waiting.id)
    assert await standing(session, order_id) == ("partly_returned", "partly_refunded")


async def test_s8_the_same_piece_is_asked_back_once(session, bought):
    """S8: no more than what left, not in a return and by staff as well."""
    _, buyer, order_id, (three, one) = bought
    await ask(session, buyer, order_id, (three, 2))
    with pytest.raises(after_sales.NotReturnable) as refused:
        await ask(session, buyer, order_id, (three, 2), (one, 1))
    assert refused.value.context == {"lines": [{"line_id": str(three), "reasons": [], "left": 1}]}
    wish = orders.RefundWish(
        kind=RefundKind.UNITS,
        reason_code=RefundReason.DEFECTIVE,
        reason="cracked",
        lines=((three, 2),),
    )
    for kind, lines in ((RefundKind.UNITS, ((three, 2),)), (RefundKind.EVERYTHING, ())):
        wish = orders.RefundWish(
            kind=kind, reason_code=RefundReason.DEFECTIVE, reason="cracked", lines=lines
        )
        with pytest.raises(orders.UnitsInReturn):
            await orders.request_refund(session, order_id, wish, actor=CLERK, terms=TERMS)
    await ask(session, buyer, order_id, (three, 1))
    with pytest.raises(after_sales.NotReturnable) as refused:
        await ask(session, buyer, order_id, (three, 1))
    assert refused.value.context["lines"][0]["reasons"] == ["asked"]


async def test_what_nobody_can_ask_for(session, bought):
    shop, buyer, order_id, (three, _) = bought
    with pytest.raises(NotFound):
        await ask(session, shopper(new_id()), order_id, (three, 1))
    with pytest.raises(InvalidReference):
        await ask(session, buyer, order_id, (new_id(), 1))
    with pytest.raises(InvalidReference):
        await ask(session, buyer, order_id, (three, 1), (three, 1))
    final = AfterSalesSettings(final_sale_categories=(shop.category.id,))
    with pytest.raises(after_sales.NotReturnable):
        await ask(session, buyer, order_id, (three, 1), limits=final)
    await ask(
        session,
        buyer,
        order_id,
        (three, 1),
        limits=final,
        reason_code=RefundReason.DEFECTIVE,
    )
    await session.execute(
        text("UPDATE orders SET received_at = now(), completes_at = now() WHERE id = :id"),
        {"id": order_id},
    )
    (line, _) = await after_sales.returnable(session, order_id, None, actor=buyer)
    assert line.reasons == ("window_over",)


async def test_a_preview_writes_nothing_and_says_what_the_refund_says(session, bought):
    _, buyer, order_id, (three, _) = bought
    command = asking(order_id, (three, 2))
    before = await order_row(session, order_id)
    found = await after_sales.preview_return(session, command, actor=buyer, terms=TERMS)
    assert await order_row(session, order_id) == before
    row = await ask(session, buyer, order_id, (three, 2))
    row = await refund(session, await brought_back(session, row, (2, 0, 0)))
    view = await payments.read_refund(session, row["refund_id"])
    assert found.wish.refund.amount_minor == view.amount_minor


async def test_goods_that_are_refused_and_the_last_word(session, bought):
    shop, buyer, order_id, (three, _) = bought
    merchant = merchant_of(shop)
    row = await ask(session, buyer, order_id, (three, 2))
    row = await receive(session, await approve(session, row, merchant), merchant)
    with pytest.raises(after_sales.InspectionExceeds):
        await inspect(session, row, (2, 1, 0), actor=merchant)
    row = await inspect(session, row, (0, 0, 0), actor=merchant)
    assert (row["state"], row["lines"][0]["accepted"]) == ("rejected", 0)
    assert (await standing(session, order_id))[0] == "none"
    for _ in range(2):
        row = await after_sales.escalate(session, row["id"], actor=buyer, note="It is new")
    with pytest.raises(after_sales.PlatformDecides):
        await approve(session, row, merchant)
    row = await approve(session, row)
    (line,) = row["lines"]
    assert (row["state"], line["accepted"], line["damaged"]) == ("accepted", 2, 2)
    assert await on_stock(session, shop.skus[0].id) == (7, 0)
    assert await damaged(session, shop) == 2
    assert (await refund(session, row))["state"] == "refunded"


async def test_the_platform_may_deny(session, bought):
    _, buyer, order_id, (three, _) = bought
    row = await ask(session, buyer, order_id, (three, 2))
    row = await after_sales.reject(
        session, row["id"], version=row["version"], actor=CLERK, note="Worn"
    )
    await ask(session, buyer, order_id, (three, 2))
    with pytest.raises(after_sales.NotReturnable):
        await after_sales.escalate(session, row["id"], actor=buyer, note="Not worn")
    row = await after_sales.escalate(
        session,
        (await ask(session, buyer, order_id, (three, 1)))["id"],
        actor=buyer,
        note="No answer",
    )
    row = await after_sales.reject(
        session, row["id"], version=row["version"], actor=CLERK, note="Worn"
    )
    assert row["state"] == "denied"
    with pytest.raises(after_sales.IllegalReturnTransition):
        await after_sales.escalate(session, row["id"], actor=buyer, note="But")


async def test_two_clerks_and_a_stranger(session, bought):
    _, buyer, order_id, (three, _) = bought
    row = await ask(session, buyer, order_id, (three, 1))
    other = staff()
    for _ in range(2):
        row = await after_sales.claim(session, row["id"], actor=CLERK)
    with pytest.raises(after_sales.ReturnClaimed):
        await after_sales.claim(session, row["id"], actor=other)
    with pytest.raises(after_sales.ReturnClaimed):
        await approve(session, row, other)
    with pytest.raises(StaleVersion):
        await approve(session, dict(row) | {"version": 1})
    for _ in range(2):
        row = await after_sales.release(session, row["id"], actor=other)
    with pytest.raises(NotFound):
        await approve(session, row, Actor(Audience.MERCHANT, new_id(), merchant_id=new_id()))
    assert (await approve(session, row, other))["state"] == "awaiting_goods"
    for _ in range(2):
        row = await after_sales.cancel(session, row["id"], actor=buyer)
    assert (row["state"], row["due_at"]) == ("cancelled", None)
    assert (await standing(session, order_id))[0] == "none"


async def test_goods_that_are_never_sent(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 1_000_000)
        lines = [(shop.skus[0].id, 3)]
        placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
        await send(session, placed.id)
        (three,) = await line_ids(session, placed.id)
        late, soon = [
            await approve(
                session, await ask(session, shopper(shop.member.id), placed.id, (three, 1))
            )
            for _ in range(2)
        ]
        await session.execute(
            text("UPDATE order_returns SET due_at = now() - interval '1 second' WHERE id = :id"),
            {"id": late["id"]},
        )
    assert [await after_sales.close_due(sessions, limit=9) for _ in range(2)] == [1, 0]
    async with unit_of_work(sessions) as session:
        states = [
            (await after_sales.get_return(session, each["id"], actor=CLERK))["state"]
            for each in (late, soon)
        ]
        assert states == ["closed", "awaiting_goods"]
        assert (await standing(session, placed.id))[0] == "requested"
        await after_sales.close(
            session, soon["id"], version=soon["version"], actor=CLERK, note="Phoned"
        )
        assert (await standing(session, placed.id))[0] == "none"
    assert LIMITS.send_within_seconds == 7 * 86_400


async def test_goods_of_each_merchant_are_asked_back_by_themselves(session, bought):
    _, buyer, order_id, (three, one) = bought
    other = await make_merchant(session)
    await session.execute(
        text("UPDATE order_lines SET merchant_id = :theirs WHERE id = :id"),
        {"theirs": other.id, "id": one},
    )
    with pytest.raises(after_sales.SeveralMerchants):
        await ask(session, buyer, order_id, (three, 1), (one, 1))
    assert (await ask(session, buyer, order_id, (one, 1)))["merchant_id"] == other.id
