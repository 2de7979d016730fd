"""Gifts: promised with the quote, held with the order, back on the shelf when it is cancelled."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.ids import new_id
from app.services import cart, inventory, orders
from tests.factories.cart import make_cart
from tests.factories.counters import OrderCounter, shopper
from tests.factories.members import make_member
from tests.factories.order_invariants import check_orders
from tests.factories.orders import order_row, place, quote_hash
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import counters, quote_for, states
from tests.statements import Statements


def gift(*sku_ids, quantity=1):
    presents = [{"sku_id": str(sku_id), "quantity": quantity} for sku_id in sku_ids]
    return {"type": "gift", "presents": presents}


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await session.commit()
    return shop


async def leave(session, sku_id, quantity):
    """Of ten pieces on hand so many are left."""
    await session.execute(
        text(
            "WITH left_over AS (UPDATE stock SET on_hand = :quantity WHERE sku_id = :sku_id"
            " RETURNING warehouse_id)"
            " INSERT INTO stock_movements"
            " (id, sku_id, warehouse_id, kind, quantity, on_hand_after, cause)"
            " SELECT :id, :sku_id, warehouse_id, 'adjustment', :quantity - 10, :quantity, 'test'"
            " FROM left_over"
        ),
        {"quantity": quantity, "sku_id": sku_id, "id": new_id()},
    )


async def reserved(session, sku_id):
    return await session.scalar(
        text("SELECT sum(reserved) FROM stock WHERE sku_id = :id"), {"id": sku_id}
    )


async def lines(session, order_id):
    found = await session.execute(
        text(
            "SELECT l.sku_id, l.quantity, l.list_minor, l.net_minor, l.is_gift, l.promotion_id,"
            " (SELECT min(price_kind) FROM order_units u WHERE u.line_id = l.id), x.quantity"
            " FROM order_lines l JOIN fulfilment_lines x ON x.order_line_id = l.id"
            " WHERE l.order_id = :id ORDER BY l.position"
        ),
        {"id": order_id},
    )
    return [tuple(row) for row in found]


async def test_a_gift_is_a_line_with_stock_of_its_own(session, shop):
    tea, _, cup = shop.sku_ids
    promotion = await make_promotion(
        session, shop.merchant.id, action=gift(cup, quantity=2), total_uses=3, budget_minor=1
    )
    placed = await place(session, shop.member.id, [(tea, 1)])
    assert placed.payable_minor == 10_000
    assert await lines(session, placed.id) == [
        (tea, 1, 10_000, 10_000, False, None, "list", 1),
        (cup, 2, 5_000, 0, True, promotion.id, "gift", 2),
    ]
    assert await reserved(session, cup) == 2
    assert await counters(session, promotion.id) == (1, 0, 0, 0)
    await check_orders(session)


async def test_bought_and_given_pieces_of_one_sku_count_together(session, shop):
    tea = shop.sku_ids[0]
    promotion = await make_promotion(session, shop.merchant.id, action=gift(tea))
    placed = await place(session, shop.member.id, [(tea, 9)])
    assert [line[1] for line in await lines(session, placed.id)] == [9, 1]
    assert await reserved(session, tea) == 10
    other = await make_shop(session)
    await make_promotion(session, shop.merchant.id, action=gift(other.sku_ids[0]), priority=-1)
    quoted = await quote_for(session, other, (other.sku_ids[0], 10))
    assert quoted.quote.gifts == ()
    assert {each.promotion_id: each.reason for each in quoted.quote.rejected}[
        str(promotion.id)
    ] == "GIFT_OUT_OF_STOCK"
    await check_orders(session)


async def test_the_first_present_there_is_enough_of_is_given(session, shop):
    tea, pot, cup = shop.sku_ids
    await make_promotion(session, shop.merchant.id, action=gift(new_id(), pot, cup))
    await leave(session, pot, 0)
    quoted = await quote_for(session, shop, (tea, 1))
    assert [(each.sku_id, each.quantity) for each in quoted.quote.gifts] == [(str(cup), 1)]
    assert quoted.skus[cup].sku_code == shop.skus[2].code


async def test_only_carts_that_may_be_given_something_pay_for_asking(session, engine, shop):
    await make_promotion(session, shop.merchant.id)
    with Statements(engine) as sent:
        await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert sent.count == 2
    await make_promotion(session, shop.merchant.id, action=gift(shop.sku_ids[2]))
    with Statements(engine) as sent:
        await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert sent.count == 4


async def test_names_that_are_no_goods_harm_nobody(session, shop):
    await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "gift", "presents": [{"sku_id": "no-id", "quantity": 1}]},
    )
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert [each.reason for each in quoted.quote.rejected] == ["GIFT_OUT_OF_STOCK"]


async def test_a_cancelled_order_puts_its_gift_and_coupon_back(sessions, session, shop):
    promotion = await make_promotion(
        session,
        shop.merchant.id,
        stage="coupon",
        needs_coupon=True,
        total_uses=1,
        action=gift(shop.sku_ids[2]),
    )
    coupon = await make_coupon(session, promotion.id, member_id=shop.member.id)
    await session.commit()
    counter = OrderCounter(sessions)
    before = await counter.world()
    for is_paid in (False, True):
        placed = await counter.place(
            shop.member.id, [(shop.sku_ids[0], 1)], coupon_codes=[coupon.code]
        )
        if is_paid:
            assert await counter.pay(placed) == "paid"
        assert (await states(session, promotion.id))[-1] == "consumed" if is_paid else "reserved"
        await counter.cancel(placed, shopper(shop.member.id))
        await counter.push_refunds()
        assert await counter.world() == before
    await check_orders(session)


async def test_a_gift_that_is_gone_is_asked_about_again(session, shop):
    tea, _, cup = shop.sku_ids
    await make_promotion(session, shop.merchant.id, action=gift(cup))
    cart_id = await make_cart(session, shop.member.id, [(tea, 1)])
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    await leave(session, cup, 0)
    with pytest.raises(orders.PriceChanged) as refused:
        await place(session, shop.member.id, cart_id=cart_id, quote_hash=seen)
    assert refused.value.context["quote"]["gifts"] == []
    placed = await place(session, shop.member.id, cart_id=cart_id)
    assert len(await lines(session, placed.id)) == 1


async def test_the_last_gift_is_given_once(fresh_engine):
    """Six shoppers agreed to it; whoever is late is refused or asked again, never left without."""
    sessions = build_sessions(fresh_engine)
    buyers = []
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        tea, _, cup = shop.sku_ids
        await make_promotion(session, shop.merchant.id, action=gift(cup))
        await leave(session, cup, 1)
        for _ in range(6):
            member = await make_member(session)
            cart_id = await make_cart(session, member.id, [(tea, 1)])
            seen = await quote_hash(session, cart_id, shopper(member.id))
            buyers.append((member.id, cart_id, seen))

    async def buy(member_id, cart_id, seen):
        try:
            async with unit_of_work(sessions) as session:
                await place(session, member_id, cart_id=cart_id, quote_hash=seen)
        except (orders.PriceChanged, inventory.OutOfStock) as refusal:
            return refusal.slug
        return "done"

    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(*(buy(*each) for each in buyers))
    assert outcomes.count("done") == 1
    async with sessions() as session:
        assert await reserved(session, cup) == await reserved(session, tea) == 1
        given = await session.scalar(text("SELECT count(*) FROM order_lines WHERE is_gift"))
        assert given == 1
        await check_orders(session)


async def test_who_reads_the_order_sees_the_gift(session, shop):
    tea, _, cup = shop.sku_ids
    promotion = await make_promotion(session, shop.merchant.id, action=gift(cup))
    cart_id = await make_cart(session, shop.member.id, [(tea, 1)])
    actor = shopper(shop.member.id)
    shown = await cart.view_cart(session, cart_id, actor=actor)
    assert [(each["sku_code"], each["quantity"]) for each in shown["gifts"]] == [
        (shop.skus[2].code, 1)
    ]
    placed = await place(session, shop.member.id, cart_id=cart_id)
    document = await orders.get_order(session, placed.id, actor=actor)
    for part in ('"is_gift" : true', f'"promotion_id" : "{promotion.id}"', '"gifts"'):
        assert part in document
    row = await order_row(session, placed.id)
    assert row["quote"]["gifts"][0]["sku_id"] == str(cup)
    assert '"is_gift" : true' in await orders.get_any_order(session, placed.id)
    await session.execute(text("UPDATE orders SET payment_status = 'paid', paid_at = now()"))
    own = await orders.get_merchant_order(session, placed.id, merchant_id=shop.merchant.id)
    assert '"is_gift" : true' in own


async def test_a_shopper_chooses_among_presents(session, shop):
    tea, pot, cup = shop.sku_ids
    promotion = await make_promotion(session, shop.merchant.id, action=gift(pot, cup))
    cart_id = await make_cart(session, shop.member.id, [(tea, 1)])
    actor = shopper(shop.member.id)
    seen = await quote_hash(session, cart_id, actor)
    await cart.choose_gifts(session, cart_id, {promotion.id: cup}, actor=actor)
    with pytest.raises(orders.PriceChanged):
        await place(session, shop.member.id, cart_id=cart_id, quote_hash=seen)
    placed = await place(session, shop.member.id, cart_id=cart_id)
    assert [line[0] for line in await lines(session, placed.id)] == [tea, cup]


@pytest.mark.parametrize("is_offered", [True, False])
async def test_a_choice_that_cannot_be_had_is_passed_over(session, shop, is_offered):
    tea, pot, cup = shop.sku_ids
    promotion = await make_promotion(session, shop.merchant.id, action=gift(pot, cup))
    if is_offered:
        await leave(session, cup, 0)
    choice = cup if is_offered else tea
    quoted = await quote_for(session, shop, (tea, 1), gift_choices={str(promotion.id): str(choice)})
    assert [each.sku_id for each in quoted.quote.gifts] == [str(pot)]
