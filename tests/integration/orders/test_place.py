"""Placing an order freezes what was agreed and holds what it needs."""

import pytest
from sqlalchemy import text

from app.core.enums.payments import TenderKind
from app.services import orders, payments
from app.services.promotions import remembered
from tests.factories.cart import make_cart
from tests.factories.catalog import make_sku, make_spu
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.members import make_guest
from tests.factories.merchants import make_merchant
from tests.factories.orders import axes, order_row, place, world
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    POINTS_TENDER,
    give_balance,
    give_points,
    make_gift_card,
)
from tests.factories.pricing import put_price
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop


@pytest.fixture
async def shop(session):
    return await make_shop(session)


async def rows(session, statement, **values):
    return [tuple(row) for row in await session.execute(text(statement), values)]


async def test_an_order_keeps_what_its_price_was_decided_by(session, shop):
    shop.member.tier = "gold"
    await session.flush()
    first = await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    second = await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    for placed, orders_count in ((first, 0), (second, 1)):
        row = await order_row(session, placed.id)
        assert row["priced_with"] == {
            "customer": {
                "is_anonymous": False,
                "tier": "gold",
                "tags": ["gold"],
                "orders_count": orders_count,
            },
            "tax_scope": "line",
            "max_discount_bps": 10_000,
            "stages": ["item", "order", "coupon", "shipping"],
            "is_group_buy": False,
            "payment_kinds": ["gateway"],
            "floors": {},
        }
    guest = await make_guest(session)
    placed = await place(session, guest.id, [(shop.sku_ids[0], 1)])
    assert (await order_row(session, placed.id))["priced_with"]["customer"]["is_anonymous"]


async def test_the_quote_of_an_order_is_remembered_no_longer(session, shop):
    """Nobody asks again for the lines of a cart that is an order now."""
    remembered._MADE.clear()
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    assert not remembered._MADE


async def test_an_order_freezes_lines_units_and_totals(session, shop):
    one, two, _ = shop.sku_ids
    await make_promotion(
        session, shop.merchant.id, action={"type": "amount_off", "amount_minor": 1_001}
    )
    placed = await place(session, shop.member.id, [(one, 3), (two, 1)])

    row = await order_row(session, placed.id)
    assert placed.payable_minor == row["payable_minor"] == 48_999
    assert (row["list_minor"], row["discount_minor"], row["shipping_minor"]) == (50_000, 1_001, 0)
    lines = await rows(
        session,
        "SELECT l.sku_id, l.quantity, l.goods_minor, l.net_minor, l.tax_minor,"
        " sum(u.count * u.net_minor), sum(u.count * u.tax_minor), sum(u.count)"
        " FROM order_lines l JOIN order_units u ON u.line_id = l.id WHERE l.order_id = :id"
        " GROUP BY l.id ORDER BY l.position",
        id=placed.id,
    )
    assert [line[:3] for line in lines] == [(one, 3, 30_000), (two, 1, 20_000)]
    for _, quantity, _, net, tax, unit_net, unit_tax, units in lines:
        assert (quantity, net, tax) == (units, unit_net, unit_tax)
    assert sum(line[3] for line in lines) == placed.payable_minor
    assert sum(line[4] for line in lines) == row["tax_minor"]


async def test_every_unit_says_what_each_promotion_took(session, shop):
    """C34: the payable amount, down to the unit."""
    promotion = await make_promotion(session, shop.merchant.id)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 3)])
    units = await rows(
        session,
        "SELECT u.price_minor, u.net_minor, u.count, u.discounts FROM order_units u"
        " JOIN order_lines l ON l.id = u.line_id WHERE l.order_id = :id ORDER BY u.first_index",
        id=placed.id,
    )
    assert sum(count for _, _, count, _ in units) == 3
    for price, net, _, discounts in units:
        assert [each["promotion_id"] for each in discounts] == [str(promotion.id)]
        assert price - sum(each["amount_minor"] for each in discounts) == net
    assert sum(net * count for _, net, count, _ in units) == 29_000


async def test_the_stored_explanation_is_what_was_agreed(session, shop):
    """PR-15: the order keeps the quote the shopper saw, and its hash."""
    await make_promotion(session, shop.merchant.id)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    row = await order_row(session, placed.id)
    assert row["quote"]["quote_hash"] == row["quote_hash"]
    assert row["quote"]["totals"]["payable_minor"] == row["payable_minor"] == 9_000
    assert [each["amount_minor"] for each in row["quote"]["applied"]] == [1_000]


async def test_the_cart_is_ordered_and_a_new_one_opens(session, shop):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    row = await order_row(session, placed.id)
    state = await session.scalar(
        text("SELECT state FROM carts WHERE id = :id"), {"id": row["cart_id"]}
    )
    assert state == "ordered"
    await place(session, shop.member.id, [(shop.skus[0].id, 1)])


async def test_placing_is_announced_once_and_in_the_timeline(session, shop):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    told = await rows(
        session,
        "SELECT name, payload ->> 'number' FROM outbox WHERE ordering_key = :key",
        key=f"order:{placed.id}",
    )
    assert told == [("orders.placed.v1", placed.number)]
    timeline = await rows(
        session, "SELECT kind, is_public FROM order_events WHERE order_id = :id", id=placed.id
    )
    assert timeline == [("placed", True)]


async def test_four_tenders_cover_the_payable_exactly(session, shop):
    """INV-3: the sum of the tenders is the payable; INV-16: a coupon is reserved, not consumed."""
    promotion = await make_promotion(
        session, shop.merchant.id, stage="coupon", needs_coupon=True, total_uses=1
    )
    coupon = await make_coupon(session, promotion.id)
    card = await make_gift_card(session, 3_000)
    await give_points(session, shop.member.id, 500)
    await give_balance(session, shop.member.id, 700)
    placed = await place(
        session,
        shop.member.id,
        [(shop.skus[0].id, 1)],
        coupon_codes=[coupon.code],
        tenders=[
            payments.TenderRequest(kind=TenderKind.GIFT_CARD, code=card.code),
            POINTS_TENDER,
            BALANCE_TENDER,
            GATEWAY,
        ],
    )
    amounts = [(tender.kind, tender.amount_minor) for tender in placed.plan.tenders]
    assert amounts == [
        ("gift_card", 3_000),
        ("points", 500),
        ("balance", 700),
        ("gateway", 4_800),
    ]
    assert await axes(session, placed.id) == ("open", "awaiting", "unfulfilled")
    states = await rows(session, "SELECT state, order_id FROM coupons")
    assert states == [("reserved", placed.id)]


async def test_stored_value_alone_pays_at_once(session, shop):
    """INV-4: what was captured is the amount, and nothing stays held."""
    await give_balance(session, shop.member.id, 30_000)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)], tenders=[BALANCE_TENDER])
    assert placed.plan.due_minor == 0
    assert await axes(session, placed.id) == ("open", "paid", "unfulfilled")
    found = await world(session)
    assert {row[2] for row in found["balances"]} == {20_000}
    states = await rows(
        session,
        "SELECT state FROM reservations WHERE owner = :owner",
        owner=orders.stock_owner(placed.id),
    )
    assert states == [("committed",)]


async def test_m42_an_order_of_nothing_needs_no_tender(session, shop):
    """A discount above what the line costs stops at nothing, and no gateway is asked."""
    await make_promotion(
        session, shop.merchant.id, action={"type": "amount_off", "amount_minor": 99_000}
    )
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)], tenders=[])
    assert placed.payable_minor == 0
    assert await axes(session, placed.id) == ("open", "paid", "unfulfilled")


async def test_each_merchant_and_warehouse_ships_its_part(session, shop):
    merchant = await make_merchant(session)
    theirs = await make_warehouse(session, merchant.id)
    spu = await make_spu(session, merchant_id=merchant.id, category_id=shop.category.id)
    sku = await make_sku(session, spu=spu)
    await put_price(session, shop.price_list.id, sku.id, 1_000)
    await put_stock(session, sku.id, theirs.id, 5)
    second = await make_warehouse(session, shop.merchant.id, priority=200)
    await put_stock(session, shop.skus[0].id, second.id, 5)

    placed = await place(session, shop.member.id, [(shop.skus[0].id, 12), (sku.id, 2)])
    parts = await rows(
        session,
        "SELECT f.merchant_id, f.warehouse_id, l.sku_id, x.quantity FROM fulfilments f"
        " JOIN fulfilment_lines x ON x.fulfilment_id = f.id"
        " JOIN order_lines l ON l.id = x.order_line_id WHERE f.order_id = :id",
        id=placed.id,
    )
    assert set(parts) == {
        (shop.merchant.id, shop.warehouse.id, shop.skus[0].id, 10),
        (shop.merchant.id, second.id, shop.skus[0].id, 2),
        (merchant.id, theirs.id, sku.id, 2),
    }
    reserved = await rows(
        session,
        "SELECT warehouse_id, sku_id, quantity FROM reservations WHERE owner = :owner",
        owner=orders.stock_owner(placed.id),
    )
    assert {(w, s, q) for _, w, s, q in parts} == set(reserved)


async def test_an_unselected_line_stays_out(session, shop):
    cart_id = await make_cart(session, shop.member.id, [(each, 1) for each in shop.sku_ids])
    await session.execute(
        text("UPDATE cart_lines SET is_selected = false WHERE sku_id = :id"),
        {"id": shop.skus[1].id},
    )
    placed = await place(session, shop.member.id, cart_id=cart_id)
    assert placed.payable_minor == 15_000


async def test_a_guest_orders_like_a_member(session, shop):
    guest = await make_guest(session)
    placed = await place(session, guest.id, [(shop.skus[0].id, 1)])
    assert (await order_row(session, placed.id))["member_id"] == guest.id
