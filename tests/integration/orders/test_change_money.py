"""Changes that cost more or less: freight, prices, goods that are added."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.schemas.orders.charges import AdminChargeOut, ChargeOut
from tests.factories.delivery import HERE, make_slot, make_template
from tests.factories.orders import ADDRESS, order_row
from tests.factories.promotions import make_promotion
from tests.integration.orders.changing import (
    AGREED,
    BY_SHOP,
    change,
    history,
    preview,
    propose,
)
from tests.integration.orders.charging import charge_of, follow, holds, pay, require_sound
from tests.integration.orders.conftest import BY_GATEWAY
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, refused, ship
from tests.integration.orders.reviewing import HANGZHOU, make_rule

FAR = HERE | {"code": "far", "name": "Zhejiang", "regions": ["33"], "first_minor": 1_800}
NEAR = ADDRESS | {"district": "徐汇区", "region_code": "310104"}


@pytest.fixture
async def freight(session, shop):
    found = await make_template(session, shop.merchant.id)
    found.zones = [HERE, FAR]
    await session.commit()
    return found


@pytest.fixture
async def bought(lin, shop, purse):
    return await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)


async def test_farther_away_costs_more_and_is_gone_to_once_that_is_paid(
    lin, shop, freight, purse, session, sessions
):
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    wish = {"address": HANGZHOU}
    seen = await preview(lin, order, wish)
    (told,) = seen["differences"]
    assert (told["what"], told["before_minor"], told["after_minor"]) == ("freight", 800, 2_000)
    assert (seen["charge"]["kind"], seen["charge"]["amount_minor"]) == ("freight", 1_200)
    assert seen["refund"] is None
    assert await refused(await change(lin, order, wish)) == (409, "change-costs-more")
    asked = await ok(await propose(lin, order, wish), 201)
    ChargeOut.model_validate(asked)
    assert (asked["state"], asked["amount_minor"]) == ("due", 1_200)
    assert asked["change"]["after"]["address"]["city"] == "杭州市"
    assert (await order_row(session, order["id"]))["address"]["city"] == "上海市"
    assert await refused(await propose(lin, order, wish)) == (409, "charge-pending")
    await ok(await pay(lin, asked))
    await follow(sessions)
    row = await order_row(session, order["id"])
    assert row["address"]["city"] == "杭州市"
    assert row["delivery"]["freight"][0]["zone"] == "far"
    assert (row["shipping_minor"], row["payable_minor"]) == (800, order["payable_minor"])
    (entry,) = await history(lin, order)
    assert (entry["charge_id"], entry["charged_minor"]) == (asked["id"], 1_200)
    assert sorted(entry["after"]) == ["address", "delivery"]
    assert await holds(session, order) == 0
    await require_sound(session)
    # Back again: all that was paid for the way comes back, from what was charged for it.
    seen = await preview(lin, order, {"address": ADDRESS})
    assert seen["differences"][0]["after_minor"] == 800
    assert seen["refund"]["refund"]["amount_minor"] == 1_200
    made = await ok(await change(lin, order, {"address": ADDRESS}), 201)
    assert made["refund_minor"] == 1_200
    assert (await charge_of(lin, asked))["refunded_minor"] == 1_200
    await require_sound(session)
    await ship(session, order)
    await follow(sessions)
    await require_sound(session)


async def test_where_nobody_goes_or_the_money_is_not_there_yet(lin, shop, freight, purse):
    paid = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    lhasa = HANGZHOU | {
        "province": "西藏自治区",
        "city": "拉萨市",
        "district": "城关区",
        "region_code": "540102",
    }
    path = f"/orders/{paid['id']}/changes/preview"
    assert await refused(await lin.post(path, {"address": lhasa})) == (409, "delivery-refused")
    await ok(await change(lin, paid, {"address": NEAR}), 201)
    unpaid = await lin.order((shop.skus[0].id, 1))
    path = f"/orders/{unpaid['id']}/changes/preview"
    answer = await lin.post(path, {"address": HANGZHOU})
    assert await refused(answer) == (409, "address-not-served")


async def test_staff_keep_what_was_agreed_or_say_what_it_costs(
    lin, clerk, shop, freight, purse, session, sessions
):
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    wish = {"address": HANGZHOU, "rules": "frozen"} | AGREED
    made = await ok(await change(clerk, order, wish, BY_SHOP), 201)
    assert (made["refund_minor"], made["charged_minor"]) == (0, 0)
    dear = {"freight_minor": 1_500} | AGREED
    asked = await ok(await propose(clerk, order, dear, BY_SHOP), 201)
    AdminChargeOut.model_validate(asked)
    assert asked["amount_minor"] == 700
    await ok(await pay(lin, asked))
    await follow(sessions)
    less = {"freight_minor": 1_000} | AGREED
    answer = await change(clerk, order, less, BY_SHOP, version=1)
    assert await refused(answer) == (412, "stale-version")
    (told,) = (await preview(clerk, order, less, BY_SHOP))["differences"]
    assert (told["before_minor"], told["after_minor"]) == (1_500, 1_000)
    made = await ok(await change(clerk, order, less, BY_SHOP), 201)
    assert made["refund_minor"] == 500
    path = f"/admin/orders/{order['id']}/changes/preview"
    same = {"freight_minor": 1_000} | AGREED
    assert await refused(await clerk.post(path, same)) == (409, "nothing-to-change")
    # What was charged goes back first, then of what the order paid.
    little = {"freight_minor": 300} | AGREED
    seen = (await preview(clerk, order, little, BY_SHOP))["refund"]
    assert (seen["refund"]["amount_minor"], seen["charges_minor"]) == (500, 200)
    made = await ok(await change(clerk, order, little, BY_SHOP), 201)
    assert made["refund_minor"] == 500
    assert (await charge_of(lin, asked))["refunded_minor"] == 700
    found = await ok(await clerk.get(f"/admin/orders/{order['id']}/refundable"))
    assert found["shipping_left_minor"] == 300
    await require_sound(session)


async def test_a_way_that_promotions_paid_costs_no_more_there_and_back_again(
    lin, shop, freight, purse, session, sessions
):
    await make_promotion(session, shop.merchant.id, stage="shipping", action={"type": "ship_free"})
    await session.commit()
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    assert order["payable_minor"] == 20_000
    asked = await ok(await propose(lin, order, {"address": HANGZHOU}), 201)
    await ok(await pay(lin, asked))
    await follow(sessions)
    made = await ok(await change(lin, order, {"address": ADDRESS}), 201)
    assert (asked["amount_minor"], made["refund_minor"]) == (1_200, 1_200)
    await require_sound(session)


async def test_goods_are_added_as_an_order_of_their_own(
    lin, clerk, shop, bought, session, sessions
):
    same, other = shop.skus[0], shop.skus[1]
    wish = {
        "add": [
            {"sku_id": str(same.id), "quantity": 1},
            {"sku_id": str(other.id), "quantity": 2, "unit_price_minor": 4_000},
        ],
        "freight_minor": 600,
        "rules": "frozen",
    } | AGREED
    seen = await preview(clerk, bought, wish, BY_SHOP)
    assert seen["charge"]["amount_minor"] == 10_000 + 8_000 + 600
    assert [(each["why"], each["amount_minor"]) for each in seen["charge"]["goods"]] == [
        ("as bought before", 10_000),
        ("as agreed", 8_000),
    ]
    asked = await ok(await propose(clerk, bought, wish, BY_SHOP), 201)
    # Prices may move: those of the proposal stay.
    await session.execute(text("UPDATE prices SET price_minor = price_minor * 2"))
    await session.commit()
    paid = await ok(await pay(lin, asked))
    assert (paid["state"], paid["payment"]["payable_minor"]) == ("paid", 18_600)
    await follow(sessions)
    added = await ok(await lin.get(f"/orders/{paid['added_order_id']}"))
    assert (added["payable_minor"], added["payment_status"]) == (18_600, "paid")
    assert [each["quantity"] for each in added["lines"]] == [1, 2]
    assert added["address"] == ADDRESS
    (entry,) = await history(lin, bought)
    assert (entry["charged_minor"], entry["after"]) == (18_600, {})
    (shown,) = (await ok(await lin.get(f"/orders/{bought['id']}")))["charges"]
    assert shown["added_order_id"] == added["id"]
    await require_sound(session)
    line_id = added["lines"][0]["id"]
    back = {
        "kind": "units",
        "reason_code": "defective",
        "reason": "torn",
        "lines": [{"line_id": line_id, "quantity": 1}],
    }
    refund = await ok(await clerk.post(f"/admin/orders/{added['id']}/refunds", back), 201)
    assert refund["amount_minor"] == 10_000
    await ok(await clerk.post(f"/admin/orders/{bought['id']}/cancel", {"reason": "no"}))
    await follow(sessions)
    added = await ok(await lin.get(f"/orders/{added['id']}"))
    assert (added["state"], added["payment_status"]) == ("cancelled", "refunded")
    await require_sound(session)


async def test_current_prices_have_no_promotions_and_unknown_ones_were_not_agreed(
    lin, clerk, shop, session, purse
):
    action = {"type": "percent_off", "rate_bps": 5_000}
    await make_promotion(session, shop.merchant.id, action=action)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    one = {"add": [{"sku_id": str(shop.skus[0].id), "quantity": 1}]} | AGREED
    paid = (await order_row(session, order["id"]))["payable_minor"]
    seen = await preview(clerk, order, one | {"rules": "frozen"}, BY_SHOP)
    assert seen["charge"]["amount_minor"] == paid
    seen = await preview(clerk, order, one, BY_SHOP)
    (good,) = seen["charge"]["goods"]
    assert (good["amount_minor"], good["why"]) == (10_000, "as listed when it was added")
    unknown = {"add": [{"sku_id": str(shop.skus[1].id), "quantity": 1}], "rules": "frozen"}
    path = f"/admin/orders/{order['id']}/changes/preview"
    assert await refused(await clerk.post(path, unknown | AGREED)) == (409, "price-not-agreed")
    nothing = {"add": [{"sku_id": order["id"], "quantity": 1}]} | AGREED
    assert (await clerk.post(path, nothing)).status_code in {409, 422}


async def test_added_goods_are_held_while_they_are_paid_and_let_go_after(
    lin, clerk, shop, bought, session, sessions
):
    all_ = {"add": [{"sku_id": str(shop.skus[1].id), "quantity": 10}]} | AGREED
    asked = await ok(await propose(clerk, bought, all_, BY_SHOP), 201)
    paying = await ok(await pay(lin, asked, BY_GATEWAY))
    assert paying["state"] == "awaiting"
    reserved = text("SELECT sum(reserved) FROM stock WHERE sku_id = :id")
    assert await session.scalar(reserved, {"id": shop.skus[1].id}) == 10
    given_up = await ok(await lin.post(f"/orders/{bought['id']}/charges/{asked['id']}/decline"))
    assert given_up["state"] in {"awaiting", "closed"}
    await follow(sessions)
    assert (await charge_of(lin, asked))["state"] == "closed"
    assert await session.scalar(reserved, {"id": shop.skus[1].id}) == 0
    assert await holds(session, bought) == 0
    more = {"add": [{"sku_id": str(shop.skus[1].id), "quantity": 11}]} | AGREED
    asked = await ok(await propose(clerk, bought, more, BY_SHOP), 201)
    assert await refused(await pay(lin, asked)) == (409, "out-of-stock")
    assert (await charge_of(lin, asked))["state"] == "due"
    await require_sound(session)


async def test_one_matter_of_money_at_a_time(lin, clerk, shop, freight, bought):
    line_id = next(iter((await lines_of(lin, bought)).values()))
    path = f"/admin/orders/{bought['id']}/changes/preview"
    off = {"cancel": [{"line_id": line_id, "quantity": 1}]}
    wishes = [
        off | {"add": [{"sku_id": str(shop.skus[1].id), "quantity": 1}]},
        off | {"price": {"line_id": line_id, "unit_price_minor": 1}},
        off | {"freight_minor": 100},
    ]
    for wish in wishes:
        assert await refused(await clerk.post(path, wish | AGREED)) == (409, "changes-apart")
    free = {"note": "ring"} | AGREED
    answer = await propose(clerk, bought, free, BY_SHOP)
    assert await refused(answer) == (409, "change-costs-nothing")


async def test_another_time_is_another_place(lin, shop, session, sessions, purse):
    await make_template(session, shop.merchant.id, method="same_city")
    first = await make_slot(session, shop.merchant.id)
    second = await make_slot(session, shop.merchant.id)
    await session.commit()
    wish = {"kind": "same_city", "slot_id": str(first.id)}
    order = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE, delivery=wish)
    again = {"delivery": wish}
    answer = await lin.post(f"/orders/{order['id']}/changes/preview", again)
    assert await refused(answer) == (409, "nothing-to-change")
    later = {"delivery": {"kind": "same_city", "slot_id": str(second.id)}}
    made = await ok(await change(lin, order, later), 201)
    assert made["after"]["delivery"]["slot_id"] == str(second.id)
    taken = dict((await session.execute(text("SELECT id, taken FROM delivery_slots"))).all())
    assert (taken[first.id], taken[second.id]) == (0, 1)
    await require_sound(session)
    rival = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE, delivery=wish)
    answer = await lin.post(f"/orders/{rival['id']}/changes/preview", later)
    assert await refused(answer) == (409, "delivery-refused")
    await ok(await lin.post(f"/orders/{order['id']}/cancel", {"reason": "no"}))
    await follow(sessions)
    taken = dict((await session.execute(text("SELECT id, taken FROM delivery_slots"))).all())
    assert (taken[first.id], taken[second.id]) == (1, 0)
    await require_sound(session)


async def test_rules_look_again_at_what_goes_elsewhere(lin, bought, session, sessions):
    order_id = UUID(bought["id"])
    await make_rule(session)
    await session.commit()
    reviews = text("SELECT state FROM order_reviews WHERE order_id = :id")
    assert await session.scalar(reviews, {"id": order_id}) is None
    await ok(await change(lin, bought, {"note": "ring"}), 201)
    assert await session.scalar(reviews, {"id": order_id}) is None
    await ok(await change(lin, bought, {"address": HANGZHOU}), 201)
    assert await session.scalar(reviews, {"id": order_id}) == "due"
    await require_sound(session)
