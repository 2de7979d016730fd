"""Pieces that are taken off an order before they leave: goods, gifts, money, stock."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.services import orders
from tests.factories.orders import order_row
from tests.factories.promotions import make_promotion
from tests.integration.orders.changing import AGREED, BY_SHOP, change, history
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, refused
from tests.integration.orders.sending import CLERK, on_stock, parcel, part_of, send
from tests.integration.orders.test_refunds_follow import gift_order


@pytest.fixture
async def bought(lin, shop, purse):
    return await lin.order((shop.skus[0].id, 6), (shop.skus[1].id, 1), tenders=BY_BALANCE)


def off(*lines, **more):
    return {"cancel": [{"line_id": each, "quantity": n} for each, n in lines]} | more


async def preview(client, order, wish, audience=""):
    return await client.post(f"{audience}/orders/{order['id']}/changes/preview", wish)


async def test_pieces_come_back_at_once_and_are_everybodys_again(lin, shop, bought, session):
    line = (await lines_of(lin, bought))[shop.skus[0].code]
    wish = off((line, 5))
    seen = await ok(await preview(lin, bought, wish))
    assert (seen["refund"]["refund"]["amount_minor"], seen["refund"]["cancels"]) == (50_000, False)
    assert seen["refund"]["waits"] is False
    assert await on_stock(session, shop.skus[0].id) == (10, 6)
    made = await ok(await change(lin, bought, wish), 201)
    assert (made["refund_minor"], made["pieces"]) == (50_000, [{"line_id": line, "quantity": 5}])
    assert (made["before"], made["after"], made["reason"]) == ({}, {}, None)
    found = await ok(await lin.get(f"/orders/{bought['id']}"))
    assert (found["state"], found["payment_status"]) == ("open", "partly_refunded")
    (part,) = found["fulfilments"]
    counts = {each["order_line_id"]: each for each in part["lines"]}
    assert (counts[line]["quantity"], counts[line]["cancelled"]) == (6, 5)
    assert found["payment"]["refunds"][0]["number"] == made["refund_number"]
    assert await on_stock(session, shop.skus[0].id) == (10, 1)
    await send(session, UUID(bought["id"]))
    assert await on_stock(session, shop.skus[0].id) == (9, 0)


async def test_what_one_person_may_not_refund_alone_needs_nobody_else(lin, shop, purse):
    """Nothing left, and the money returns to where it came from, as when the order is cancelled."""
    order = await lin.order((shop.skus[1].id, 5), tenders=BY_BALANCE)
    line = (await lines_of(lin, order))[shop.skus[1].code]
    made = await ok(await change(lin, order, off((line, 4))), 201)
    assert made["refund_minor"] == 80_000
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    assert found["payment"]["refunds"][0]["state"] == "succeeded"


async def test_with_the_last_piece_the_order_is_cancelled(lin, shop, bought, session):
    lines = await lines_of(lin, bought)
    await ok(await change(lin, bought, off((lines[shop.skus[0].code], 6))), 201)
    rest = off((lines[shop.skus[1].code], 1), note="never mind", reason="too slow")
    assert (await ok(await preview(lin, bought, rest)))["refund"]["cancels"]
    await ok(await change(lin, bought, rest), 201)
    found = await ok(await lin.get(f"/orders/{bought['id']}"))
    assert (found["state"], found["payment_status"]) == ("cancelled", "refunded")
    assert (found["cancel_reason"], found["note"]) == ("too slow", "never mind")
    assert [(await on_stock(session, each.id))[1] for each in shop.skus[:2]] == [0, 0]
    answer = await preview(lin, bought, {"note": "still here?"})
    assert await refused(answer) == (409, "illegal-order-transition")


async def test_a_gift_that_is_no_longer_earned_comes_along_or_is_deducted(
    lin, shop, session, purse
):
    order, lines = await gift_order(lin, session, shop)
    wish = off((lines[False], 1))
    seen = await ok(await preview(lin, order, wish))
    due = [{"line_id": lines[True], "quantity": 1, "value_minor": 5_000}]
    assert seen["refund"]["gifts"] == due
    answer = await change(lin, order, wish)
    assert await refused(answer) == (409, "gift-not-returned")
    assert answer.json()["gifts"] == due
    made = await ok(await change(lin, order, wish | {"gift_choice": "return_gift"}), 201)
    assert {each["line_id"] for each in made["pieces"]} == set(lines.values())
    assert (made["refund_minor"], await on_stock(session, shop.skus[2].id)) == (10_000, (10, 0))
    other, lines = await gift_order(lin, session, shop)
    wish = off((lines[False], 1), gift_choice="deduct")
    made = await ok(await change(lin, other, wish), 201)
    assert (made["refund_minor"], len(made["pieces"])) == (5_000, 1)


async def test_a_gift_that_is_packed_does_not_come_along(lin, clerk, shop, session, purse):
    order, lines = await gift_order(lin, session, shop)
    command = await parcel(session, UUID(order["id"]), {UUID(lines[True]): 1})
    await orders.shipping.pack_parcel(session, command, actor=CLERK)
    await session.commit()
    wish = off((lines[False], 1), gift_choice="return_gift", **AGREED)
    answer = await preview(clerk, order, wish, BY_SHOP)
    assert await refused(answer) == (409, "pieces-not-open")
    version = (await ok(await clerk.get(f"/admin/orders/{order['id']}")))["version"]
    answer = await change(clerk, order, wish, BY_SHOP, version=version)
    assert await refused(answer) == (409, "pieces-not-open")
    assert answer.json()["missing"] == {lines[True]: 1}
    assert await history(lin, order) == []


async def test_what_is_kept_is_priced_anew_where_the_promotion_says_so(lin, shop, session, purse):
    await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "amount_off", "amount_minor": 5_000},
        condition={"all": [{"type": "min_amount", "amount_minor": 30_000}]},
        refund={"policy": "reprice"},
    )
    await session.commit()
    order = await lin.order((shop.skus[0].id, 3), tenders=BY_BALANCE)
    line = (await lines_of(lin, order))[shop.skus[0].code]
    made = await ok(await change(lin, order, off((line, 1))), 201)
    assert made["refund_minor"] == 25_000 - 20_000


async def test_staff_take_off_what_is_not_packed_until_it_left(lin, clerk, shop, bought, session):
    line = (await lines_of(lin, bought))[shop.skus[0].code]
    order_id = UUID(bought["id"])
    part = await part_of(session, order_id)
    await orders.shipping.start_picking(session, part["id"], actor=CLERK)
    await session.commit()
    wish = off((line, 1))
    assert await refused(await preview(lin, bought, wish)) == (409, "being-picked")
    made = await ok(await change(clerk, bought, wish | AGREED, BY_SHOP), 201)
    assert (made["is_by_staff"], made["refund_minor"]) == (True, 10_000)
    command = await parcel(session, order_id, {UUID(line): 4})
    packed = await orders.shipping.pack_parcel(session, command, actor=CLERK)
    await session.commit()
    too_many = off((line, 2), note="never", **AGREED)
    answer = await preview(clerk, bought, too_many, BY_SHOP)
    assert await refused(answer) == (409, "being-picked")
    too_many = off((line, 2), **AGREED)
    answer = await preview(clerk, bought, too_many, BY_SHOP)
    assert await refused(answer) == (409, "pieces-not-open")
    assert answer.json()["missing"] == {line: 1}
    await orders.shipping.void_parcel(session, packed["id"], actor=CLERK)
    await send(session, order_id, {UUID(line): 4})
    await session.commit()
    assert await refused(await preview(lin, bought, wish)) == (409, "already-shipped")
    await ok(await change(clerk, bought, off((line, 1), **AGREED), BY_SHOP), 201)
    answer = await preview(clerk, bought, off((line, 1), **AGREED), BY_SHOP)
    assert await refused(answer) == (409, "pieces-not-open")
    pot = (await lines_of(lin, bought))[shop.skus[1].code]
    assert (await order_row(session, order_id))["arrival_due_at"] is None
    await ok(await change(clerk, bought, off((pot, 1), **AGREED), BY_SHOP), 201)
    session.expire_all()
    row = await order_row(session, order_id)
    assert row["fulfilment_status"] == "shipped"
    assert row["arrival_due_at"] - row["updated_at"] == timedelta(days=15)
    assert len(await history(lin, bought)) == 3


async def test_a_change_that_is_refused_changes_nothing(lin, shop, bought):
    line = (await lines_of(lin, bought))[shop.skus[0].code]
    wish = off((line, 7), note="never")
    before = await ok(await lin.get(f"/orders/{bought['id']}"))
    seen = await ok(await preview(lin, bought, {"note": "never"}))
    answer = await change(lin, bought, wish, version=seen["order_version"])
    assert await refused(answer) == (409, "pieces-not-open")
    assert await ok(await lin.get(f"/orders/{bought['id']}")) == before
    assert await history(lin, bought) == []
    unknown = off((bought["id"], 1))
    assert await refused(await preview(lin, bought, unknown)) == (422, "invalid-reference")
