"""Refunds at the edges: orders for nothing, goods without money, the last thing that waits."""

import pytest
from sqlalchemy import text

from tests.factories.promotions import make_coupon, make_promotion
from tests.integration.orders.refunding import (
    BY_BALANCE,
    decide,
    ok,
    refused,
    ship,
    wish,
)


async def for_nothing(lin, session, shop):
    """An order all of whose money a promotion takes off."""
    await make_promotion(
        session, shop.merchant.id, action={"type": "amount_off", "amount_minor": 20_000}
    )
    await session.commit()
    order = await lin.order((shop.skus[0].id, 2), tenders=[])
    assert order["payable_minor"] == 0
    return order


async def axes(lin, order):
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    return found["state"], found["payment_status"]


async def test_an_order_for_nothing_is_asked_back(lin, session, shop):
    order = await for_nothing(lin, session, shop)
    made = await ok(await lin.post(f"/orders/{order['id']}/refunds"), 201)
    assert (made["amount_minor"], made["state"], made["parts"]) == (0, "succeeded", [])
    assert (await axes(lin, order))[0] == "cancelled"


@pytest.mark.parametrize("has_left", [False, True])
async def test_goods_that_cost_nothing_come_back(clerk, lin, session, shop, has_left):
    order = await for_nothing(lin, session, shop)
    if has_left:
        await ship(session, order)
    path = f"/admin/orders/{order['id']}/refunds"
    seen = await ok(await clerk.post(f"{path}/preview", wish("everything")))
    assert (seen["refund"]["amount_minor"], seen["cancels"]) == (0, not has_left)
    made = await ok(await clerk.post(path, wish("everything")), 201)
    assert sum(each["quantity"] for each in made["units"]) == 2
    assert (await axes(lin, order))[0] == ("open" if has_left else "cancelled")
    again = await clerk.post(path, wish("everything"))
    assert (await refused(again))[0] == 409


@pytest.mark.parametrize("way", ["refunds", "cancel", "shipped"])
async def test_goods_come_back_after_all_their_money(clerk, lin, session, shop, purse, way):
    order = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    if way == "shipped":
        await ship(session, order)
    path = f"/admin/orders/{order['id']}/refunds"
    everything = wish("amount", amount_minor=order["payable_minor"])
    await ok(await clerk.post(path, everything), 201)
    assert await axes(lin, order) == ("open", "refunded")
    if way == "cancel":
        await ok(await lin.post(f"/orders/{order['id']}/cancel"))
    else:
        made = await ok(await clerk.post(path, wish("everything")), 201)
        assert (made["amount_minor"], len(made["units"])) == (0, 1)
    state = "open" if way == "shipped" else "cancelled"
    assert await axes(lin, order) == (state, "refunded")


@pytest.mark.parametrize("verdict", ["approve", "reject"])
async def test_the_last_thing_that_waits_lets_the_rest_follow(
    clerk, manager, lin, session, shop, purse, verdict
):
    """A gift waits for a second person while all money goes back: then nothing is left."""
    await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "gift", "presents": [{"sku_id": str(shop.skus[2].id), "quantity": 1}]},
    )
    promotion = await make_promotion(
        session,
        shop.merchant.id,
        stage="coupon",
        needs_coupon=True,
        refund={"return_coupon": "on_full_refund"},
    )
    coupon = await make_coupon(session, promotion.id)
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    await ok(await lin.send("PUT", f"/carts/{cart_id}/coupons", {"codes": [coupon.code]}))
    order = await ok(await lin.post("/orders", await lin.agreed(cart_id, tenders=BY_BALANCE)), 201)
    await ship(session, order)
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    lines = {bool(each["is_gift"]): each["id"] for each in found["lines"]}
    path = f"/admin/orders/{order['id']}/refunds"
    gift = wish(lines=[{"line_id": lines[True], "quantity": 1}], reason_code="goodwill")
    waiting = await ok(await clerk.post(path, gift), 201)
    assert (waiting["state"], waiting["amount_minor"]) == ("waiting", 0)
    money = wish("amount", amount_minor=order["payable_minor"])
    await ok(await clerk.post(path, money), 201)
    assert await axes(lin, order) == ("open", "partly_refunded")
    body = {"reason": "no"} if verdict == "reject" else {}
    await ok(await decide(manager, f"/refunds/{waiting['id']}/{verdict}", **body))
    assert await axes(lin, order) == ("open", "refunded")
    state = text("SELECT state FROM coupons WHERE id = :id")
    assert await session.scalar(state, {"id": coupon.id}) == "available"


async def test_a_number_of_another_order_is_refused(clerk, lin, session, shop, purse):
    numbers = []
    for _ in range(2):
        order = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
        path = f"/admin/orders/{order['id']}/refunds"
        numbers.append(await clerk.post(path, wish("everything") | {"number": "ONE"}))
    assert numbers[0].status_code == 201
    assert await refused(numbers[1]) == (409, "refund-number-used")
