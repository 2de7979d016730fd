"""Pieces are taken off orders that are not paid: all that they ask and hold is less with it."""

import pytest
from sqlalchemy import text

from tests.factories.exchange import make_offer
from tests.factories.payments import give_balance, give_points
from tests.factories.pricing import make_flash_session, make_purchase_limit
from tests.factories.promotions import make_coupon, make_promotion
from tests.integration.orders.changing import AGREED, BY_SHOP, change, history
from tests.integration.orders.charging import require_sound, told
from tests.integration.orders.conftest import BY_GATEWAY
from tests.integration.orders.refunding import lines_of, ok, refused
from tests.integration.orders.sending import on_stock
from tests.integration.orders.test_refunds_follow import gift_order
from tests.integration.orders.test_taking_off import off, preview

BALANCE_FIRST = [{"kind": "balance"}, *BY_GATEWAY]


@pytest.fixture
async def bought(lin, shop):
    return await lin.order((shop.skus[0].id, 6), (shop.skus[1].id, 1), tenders=BY_GATEWAY)


async def of(lin, order):
    return await ok(await lin.get(f"/orders/{order['id']}"))


async def numbers(session, order):
    """Our numbers at the gateway with what they ask, in their order."""
    found = await session.execute(
        text(
            "SELECT a.out_trade_no, a.amount_minor, a.state FROM payment_attempts a"
            " JOIN payment_plans p ON p.id = a.plan_id WHERE p.order_id = :id ORDER BY a.id"
        ),
        {"id": order["id"]},
    )
    return [tuple(row) for row in found]


async def test_an_order_asks_for_less_and_holds_less(lin, shop, bought, session, gateway):
    line = (await lines_of(lin, bought))[shop.skus[0].code]
    wish = off((line, 5))
    seen = await ok(await preview(lin, bought, wish))
    assert (seen["refund"], seen["charge"]) == (None, None)
    assert (seen["before"]["payable_minor"], seen["after"]["payable_minor"]) == (80_000, 30_000)
    assert seen["pieces"] == [{"line_id": line, "quantity": 5}]
    assert await on_stock(session, shop.skus[0].id) == (10, 6)
    made = await ok(await change(lin, bought, wish), 201)
    assert (made["refund_minor"], made["refund_number"]) == (0, None)
    assert made["after"] == seen["after"]
    found = await of(lin, bought)
    assert (found["state"], found["payment_status"]) == ("open", "awaiting")
    assert found["totals"]["payable_minor"] == found["payment"]["payable_minor"] == 30_000
    quantities = {each["sku_code"]: each["quantity"] for each in found["lines"]}
    assert quantities == {shop.skus[0].code: 1, shop.skus[1].code: 1}
    assert found["quote"]["totals"]["payable_minor"] == 30_000
    assert await on_stock(session, shop.skus[0].id) == (10, 1)
    ((old, asked, state),) = await numbers(session, bought)
    assert (asked, state, gateway.books[old].state) == (80_000, "closed", "closed")
    again = await ok(await lin.post(f"/orders/{bought['id']}/payments", {"channel": "alipay"}), 200)
    assert again["attempt"]["action"]
    await session.commit()
    _, (_, asked, _) = await numbers(session, bought)
    assert asked == 30_000
    await require_sound(session)


async def test_with_the_last_piece_it_is_cancelled(lin, clerk, shop, bought, session):
    lines = await lines_of(lin, bought)
    wish = off((lines[shop.skus[0].code], 6), (lines[shop.skus[1].code], 1), **AGREED)
    seen = await ok(await preview(clerk, bought, wish, BY_SHOP))
    assert seen["after"] == {"state": "cancelled"}
    made = await ok(await change(clerk, bought, wish, BY_SHOP), 201)
    assert {each["line_id"] for each in made["pieces"]} == set(lines.values())
    found = await of(lin, bought)
    assert (found["state"], found["payment_status"]) == ("cancelled", "closed")
    assert [(await on_stock(session, each.id))[1] for each in shop.skus[:2]] == [0, 0]
    await require_sound(session)


async def test_what_the_balance_held_is_free_and_may_pay_it_all(
    lin, shop, session, sessions, gateway
):
    """The gateway has less to take first; where it has nothing left, the order is paid."""
    await give_balance(session, shop.member.id, 25_000)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 3), (shop.skus[1].id, 1), tenders=BALANCE_FIRST)
    lines = await lines_of(lin, order)
    line, pot = lines[shop.skus[0].code], lines[shop.skus[1].code]
    await ok(await change(lin, order, off((line, 1))), 201)
    found = await of(lin, order)
    tenders = {each["kind"]: each["amount_minor"] for each in found["payment"]["tenders"]}
    assert tenders == {"balance": 25_000, "gateway": 15_000}
    await require_sound(session)
    ((old, *_),) = await numbers(session, order)
    await session.commit()
    made = await ok(await change(lin, order, off((pot, 1))), 201)
    found = await of(lin, order)
    assert (found["state"], found["payment_status"]) == ("open", "paid")
    assert [each["kind"] for each in found["payment"]["tenders"]] == ["balance"]
    assert made["after"]["payable_minor"] == 20_000
    await require_sound(session)
    await session.commit()
    assert (await told(sessions, gateway, old)).outcome == "second"
    assert (await of(lin, order))["payment"]["payable_minor"] == 20_000
    await require_sound(session)


async def test_money_that_beat_the_change_pays_the_order_as_it_was(
    lin, shop, bought, session, gateway
):
    line = (await lines_of(lin, bought))[shop.skus[0].code]
    wish = off((line, 5))
    seen = await ok(await preview(lin, bought, wish))
    ((number, *_),) = await numbers(session, bought)
    await session.commit()
    gateway.pay(number)
    answer = await change(lin, bought, wish, version=seen["order_version"])
    assert await refused(answer) == (412, "stale-version")
    found = await of(lin, bought)
    assert (found["payment_status"], found["payable_minor"]) == ("paid", 80_000)
    made = await ok(await change(lin, bought, wish), 201)
    assert made["refund_minor"] == 50_000
    await require_sound(session)


async def test_money_of_the_old_amount_that_comes_later_goes_back(
    lin, shop, bought, session, sessions, gateway
):
    """The gateway had said that it takes nothing more. The order goes on asking for its rest."""
    line = (await lines_of(lin, bought))[shop.skus[0].code]
    await ok(await change(lin, bought, off((line, 5))), 201)
    ((old, *_),) = await numbers(session, bought)
    await session.commit()
    assert (await told(sessions, gateway, old)).outcome == "late"
    assert (await told(sessions, gateway, old)).outcome == "duplicate"
    found = await of(lin, bought)
    assert (found["payment_status"], found["payment"]["payable_minor"]) == ("awaiting", 30_000)
    await ok(await lin.post(f"/orders/{bought['id']}/payments", {"channel": "alipay"}))
    *_, (new, asked, _) = await numbers(session, bought)
    await session.commit()
    assert (await told(sessions, gateway, new)).outcome == "paid"
    assert (await of(lin, bought))["payment_status"] == "paid"
    assert asked == 30_000
    await require_sound(session)


async def test_a_gateway_that_does_not_answer_leaves_the_order_as_it_is(
    lin, shop, bought, session, gateway
):
    line = (await lines_of(lin, bought))[shop.skus[0].code]
    before = await of(lin, bought)
    gateway.broken = {"close"}
    answer = await change(lin, bought, off((line, 5)), key="once-and-again")
    assert await refused(answer) == (503, "gateway-unreachable")
    assert (await of(lin, bought))["totals"] == before["totals"]
    gateway.broken = set()
    wish = off((line, 5))
    version = (await ok(await preview(lin, bought, wish)))["order_version"]
    first = await change(lin, bought, wish, version=version, key="once-and-again")
    again = await change(lin, bought, wish, version=version, key="once-and-again")
    assert (await ok(first, 201), again.status_code) == (again.json(), 201)
    assert len(await history(lin, bought)) == 1
    await require_sound(session)


async def test_a_gift_that_is_no_longer_earned_is_not_sent(lin, shop, session):
    order, lines = await gift_order(lin, session, shop, tenders=BY_GATEWAY)
    wish = off((lines[False], 1))
    answer = await preview(lin, order, wish | {"gift_choice": "deduct"})
    assert await refused(answer) == (409, "gift-not-returned")
    assert answer.json()["gifts"][0]["value_minor"] == 5_000
    made = await ok(await change(lin, order, wish), 201)
    assert {each["line_id"] for each in made["pieces"]} == set(lines.values())
    assert await on_stock(session, shop.skus[2].id) == (10, 0)
    found = await of(lin, order)
    assert (found["payable_minor"], len(found["lines"])) == (10_000, 1)
    assert found["quote"]["gifts"] == found["quote"]["applied"] == []
    await require_sound(session)


async def test_a_gift_can_be_declined(lin, shop, session):
    order, lines = await gift_order(lin, session, shop, tenders=BY_GATEWAY)
    await ok(await change(lin, order, off((lines[True], 1))), 201)
    found = await of(lin, order)
    assert (found["payable_minor"], len(found["lines"])) == (20_000, 1)
    assert await on_stock(session, shop.skus[2].id) == (10, 0)
    await require_sound(session)


async def test_promotions_are_used_for_what_is_kept(lin, shop, session):
    """One keeps its share of what is kept, one asks for more than is kept and is free again."""
    tenth = await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "percent_off", "rate_bps": 1_000},
        budget_minor=100_000,
    )
    saves = await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "amount_off", "amount_minor": 5_000},
        condition={"all": [{"type": "min_amount", "amount_minor": 25_000}]},
        refund={"policy": "reprice"},
        needs_coupon=True,
        stage="coupon",
        total_uses=10,
    )
    coupon = await make_coupon(session, saves.id, member_id=shop.member.id)
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[0].id, 3))
    await ok(await lin.send("PUT", f"/carts/{cart_id}/coupons", {"codes": [coupon.code]}))
    placed = await lin.post("/orders", await lin.agreed(cart_id, tenders=BY_GATEWAY))
    order = await ok(placed, 201)
    assert order["payable_minor"] == 22_000
    line = (await lines_of(lin, order))[shop.skus[0].code]
    await ok(await change(lin, order, off((line, 1))), 201)
    found = await of(lin, order)
    assert found["payable_minor"] == 18_000
    assert {each["promotion_id"] for each in found["quote"]["applied"]} == {str(tenth.id)}
    states = await session.execute(text("SELECT state, order_id FROM coupons"))
    assert [tuple(each) for each in states] == [("available", None)]
    counted = await session.execute(
        text("SELECT reserved, reserved_minor FROM promotion_quotas ORDER BY budget_minor")
    )
    assert [tuple(each) for each in counted] == [(1, 2_000), (0, 0)]
    await require_sound(session)


async def test_what_is_kept_is_not_to_cost_more_than_all_of_it(lin, shop, session):
    await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "amount_off", "amount_minor": 15_000},
        condition={"all": [{"type": "min_amount", "amount_minor": 30_000}]},
        refund={"policy": "reprice"},
    )
    await session.commit()
    order = await lin.order((shop.skus[0].id, 3), tenders=BY_GATEWAY)
    line = (await lines_of(lin, order))[shop.skus[0].code]
    answer = await preview(lin, order, off((line, 1)))
    assert await refused(answer) == (409, "change-costs-more")
    assert answer.json()["charge_minor"] == 5_000
    await ok(await change(lin, order, off((line, 2))), 201)
    assert (await of(lin, order))["payable_minor"] == 10_000


async def test_quotas_offers_limits_and_points_come_back_by_the_piece(lin, shop, session):
    """Two lines at a quota price and for points, both counted by a purchase limit."""
    tea, pot = shop.skus[0], shop.skus[1]
    await make_flash_session(session, tea.id, quota=5, per_member=4)
    await make_purchase_limit(session, sku_id=tea.id, max_quantity=9)
    offer = await make_offer(session, pot.id, points=500, cash_minor=2_000)
    await give_points(session, shop.member.id, 1_400)
    await give_points(session, shop.member.id, 100)
    await session.commit()
    cart_id = await lin.cart_of((tea.id, 3))
    put = {"sku_id": str(pot.id), "quantity": 2, "exchange_offer_id": str(offer.id)}
    await ok(await lin.post(f"/carts/{cart_id}/lines", put), 201)
    tenders = [{"kind": "points"}, *BY_GATEWAY]
    order = await ok(await lin.post("/orders", await lin.agreed(cart_id, tenders=tenders)), 201)
    lines = await lines_of(lin, order)
    await ok(await change(lin, order, off((lines[tea.code], 2), (lines[pot.code], 1))), 201)
    sold = await session.execute(
        text(
            "SELECT (SELECT sum(sold) FROM prices), (SELECT sold FROM exchange_offers),"
            " (SELECT quantity FROM purchase_counts)"
        )
    )
    assert tuple(sold.one()) == (1, 1, 1)
    points = await session.scalar(text("SELECT sum(held) FROM points_lots"))
    found = await of(lin, order)
    (tender,) = (each for each in found["payment"]["tenders"] if each["kind"] == "points")
    assert points == tender["points"] >= 500
    await require_sound(session)
    await session.commit()
    await ok(await change(lin, order, off((lines[pot.code], 1))), 201)
    assert await session.scalar(text("SELECT count(*) FROM exchange_uses")) == 0
    await require_sound(session)


async def test_one_that_is_another_matter_is_cancelled_instead(lin, shop, bought, session):
    """Its price is what a marketplace, a group or a charge relies on."""
    line = (await lines_of(lin, bought))[shop.skus[0].code]
    for source in ("group", "marketplace", "change", "exchange"):
        await session.execute(text("UPDATE orders SET source = :source"), {"source": source})
        await session.commit()
        answer = await preview(lin, bought, off((line, 1)))
        assert await refused(answer) == (409, "order-not-paid")
