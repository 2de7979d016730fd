"""What follows a refund: coupons, gifts, what is kept, and the order itself."""

import pytest
from sqlalchemy import text

from tests.factories.promotions import make_coupon, make_promotion
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, refused, ship, wish


async def test_all_goods_without_the_gift_cancel_nothing(clerk, lin, session, shop, purse):
    """The shop keeps a gift's value: the order stands until the gift comes back for it."""
    order, lines = await gift_order(lin, session, shop)
    path = f"/admin/orders/{order['id']}/refunds"
    goods = {"line_id": lines[False], "quantity": 1}
    await ok(await clerk.post(path, wish(lines=[goods], gift_choice="deduct")), 201)
    assert not (await ok(await clerk.post(f"{path}/preview", wish(lines=[goods]))))["cancels"]
    rest = await ok(await clerk.post(path, wish(lines=[goods])), 201)
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    assert (found["state"], found["payment_status"]) == ("open", "partly_refunded")
    gift = wish(lines=[{"line_id": lines[True], "quantity": 1}])
    assert (await ok(await clerk.post(f"{path}/preview", gift)))["cancels"]
    last = await ok(await clerk.post(path, gift), 201)
    assert (rest["amount_minor"] > 0, last["amount_minor"]) == (True, 5_000)
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    assert (found["state"], found["payment_status"]) == ("cancelled", "refunded")


@pytest.mark.parametrize(
    ("rule", "state", "is_later"),
    [
        ({"return_coupon": "on_full_refund"}, "available", False),
        ({"return_coupon": "on_full_refund", "coupon_expiry": "grace"}, "available", True),
        ({"return_coupon": "on_cancel"}, "consumed", False),
        ({"return_coupon": "never"}, "consumed", False),
    ],
)
async def test_coupons_return_with_all_money_by_their_rule(
    clerk, lin, session, shop, purse, rule, state, is_later
):
    promotion = await make_promotion(
        session, shop.merchant.id, stage="coupon", needs_coupon=True, refund=rule
    )
    coupon = await make_coupon(session, promotion.id)
    await session.execute(
        text("UPDATE coupons SET valid_to = now() + interval '3 days' WHERE id = :id"),
        {"id": coupon.id},
    )
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[0].id, 2))
    await ok(await lin.send("PUT", f"/carts/{cart_id}/coupons", {"codes": [coupon.code]}))
    body = await lin.agreed(cart_id, tenders=BY_BALANCE)
    order = await ok(await lin.post("/orders", body), 201)
    await ship(session, order)
    seen = await ok(await lin.get(f"/orders/{order['id']}/refundable"))
    (ahead,) = seen["coupons"]
    assert (ahead["code"], ahead["returns"]) == (coupon.code, rule["return_coupon"])
    lines = await lines_of(lin, order)
    path = f"/admin/orders/{order['id']}/refunds"
    one = wish(lines=[{"line_id": lines[shop.skus[0].code], "quantity": 1}])
    after = text("SELECT state, valid_to > now() + interval '80 days' FROM coupons WHERE id = :id")
    for expected in (("consumed", False), (state, is_later)):
        await ok(await clerk.post(path, one), 201)
        row = (await session.execute(after, {"id": coupon.id})).one()
        assert tuple(row) == expected


async def gift_order(lin, session, shop, refund=None, tenders=BY_BALANCE):
    """Two teas earn a cup at 50.00."""
    await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "gift", "presents": [{"sku_id": str(shop.skus[2].id), "quantity": 1}]},
        condition={"all": [{"type": "min_amount", "amount_minor": 20_000}]},
        refund=refund or {},
    )
    await session.commit()
    order = await lin.order((shop.skus[0].id, 2), tenders=tenders)
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    return order, {bool(each["is_gift"]): each["id"] for each in found["lines"]}


async def test_m39_a_return_asks_for_the_gift_or_for_its_value(clerk, lin, session, shop, purse):
    order, lines = await gift_order(lin, session, shop)
    await ship(session, order)
    path = f"/admin/orders/{order['id']}/refunds"
    one = wish(lines=[{"line_id": lines[False], "quantity": 1}])
    seen = await ok(await clerk.post(f"{path}/preview", one))
    assert seen["gifts"] == [{"line_id": lines[True], "quantity": 1, "value_minor": 5_000}]
    answer = await clerk.post(path, one)
    assert await refused(answer) == (409, "gift-not-returned")
    assert answer.json()["gifts"] == seen["gifts"]
    keeping = one | {"gift_choice": "deduct"}
    seen = await ok(await clerk.post(f"{path}/preview", keeping))
    assert (seen["refund"]["amount_minor"], seen["withheld_minor"]) == (5_000, 5_000)
    made = await ok(await clerk.post(path, keeping), 201)
    assert (made["amount_minor"], made["withheld_minor"]) == (5_000, 5_000)
    rest = await ok(await clerk.post(path, one), 201)
    assert rest["amount_minor"] == 10_000


async def test_m39_with_the_gift_everything_comes_back(clerk, lin, session, shop, purse):
    order, lines = await gift_order(lin, session, shop)
    await ship(session, order)
    path = f"/admin/orders/{order['id']}/refunds"
    both = [{"line_id": each, "quantity": 1} for each in lines.values()]
    made = await ok(await clerk.post(path, wish(lines=both)), 201)
    assert (made["amount_minor"], made["withheld_minor"]) == (10_000, 0)
    assert len(made["units"]) == 2


async def test_m39_the_gift_comes_along_where_that_is_chosen(clerk, lin, session, shop, purse):
    order, lines = await gift_order(lin, session, shop)
    await ship(session, order)
    path = f"/admin/orders/{order['id']}/refunds"
    one = wish(lines=[{"line_id": lines[False], "quantity": 1}], gift_choice="return_gift")
    seen = await ok(await clerk.post(f"{path}/preview", one))
    assert [each["line_id"] for each in seen["gifts"]] == [lines[True]]
    assert (seen["refund"]["amount_minor"], seen["withheld_minor"]) == (10_000, 0)
    made = await ok(await clerk.post(path, one), 201)
    assert (made["amount_minor"], made["withheld_minor"]) == (10_000, 0)
    assert {each["line_id"] for each in made["units"]} == set(lines.values())
    rest = await ok(await clerk.post(path, one), 201)
    assert (rest["amount_minor"], len(rest["units"])) == (10_000, 1)


async def test_what_is_kept_is_priced_anew_where_the_promotion_says_so(
    clerk, lin, session, shop, purse
):
    """300 less 60: returning the piece at 200 brings 140, or 160 at what it cost."""
    await make_promotion(
        session,
        shop.merchant.id,
        condition={"all": [{"type": "min_amount", "amount_minor": 30_000}]},
        action={"type": "amount_off", "amount_minor": 6_000},
        refund={"policy": "reprice"},
    )
    await session.commit()
    orders = [
        await lin.order((shop.skus[0].id, 1), (shop.skus[1].id, 1), tenders=BY_BALANCE)
        for _ in range(2)
    ]
    for order, valuation, amounts in (
        (orders[0], "as_promoted", [14_000, 10_000]),
        (orders[1], "prorata", [16_000, 8_000]),
    ):
        await ship(session, order)
        lines = await lines_of(lin, order)
        found = []
        for sku in (shop.skus[1], shop.skus[0]):
            body = wish(lines=[{"line_id": lines[sku.code], "quantity": 1}], valuation=valuation)
            made = await ok(await clerk.post(f"/admin/orders/{order['id']}/refunds", body), 201)
            found.append(made["amount_minor"])
        assert found == amounts
        after = await ok(await lin.get(f"/orders/{order['id']}"))
        assert after["payment_status"] == "refunded"


async def test_an_order_that_kept_too_little_is_not_priced_anew(clerk, lin, session, shop, purse):
    await make_promotion(session, shop.merchant.id)
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    await session.execute(text("UPDATE orders SET priced_with = NULL"))
    await session.commit()
    lines = await lines_of(lin, order)
    body = wish(lines=[{"line_id": lines[shop.skus[0].code], "quantity": 1}])
    path = f"/admin/orders/{order['id']}/refunds/preview"
    answer = await clerk.post(path, body | {"valuation": "reprice"})
    assert await refused(answer) == (409, "cannot-reprice")
    assert (await ok(await clerk.post(path, body)))["refund"]["amount_minor"] == 9_500
