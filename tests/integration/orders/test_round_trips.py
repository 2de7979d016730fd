"""How many statements the hot paths send. A statement more is a decision, not an accident."""

import pytest

from app.services import cart, orders
from tests.factories.cart import make_cart
from tests.factories.counters import fill_purse, shopper
from tests.factories.orders import LIMITS, place, quote_hash
from tests.factories.payments import GATEWAY
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.statements import Statements


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await session.commit()
    return shop


async def test_placing_with_four_tenders_and_a_coupon(session, sessions, engine, shop):
    """Cart, quote 2, stock 2, order with its event, uses; sources, plan, points, ledger."""
    promotion = await make_promotion(
        session, shop.merchant.id, stage="coupon", needs_coupon=True, total_uses=5
    )
    coupon = await make_coupon(session, promotion.id)
    tenders = await fill_purse(sessions, shop.member.id)
    cart_id = await make_cart(
        session,
        shop.member.id,
        [(shop.skus[0].id, 1), (shop.skus[1].id, 2)],
        coupon_codes=[coupon.code],
    )
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    with Statements(engine) as sent:
        await place(session, shop.member.id, cart_id=cart_id, quote_hash=seen, tenders=tenders)
    assert sent.count == 11, sent.sent


async def test_placing_through_the_gateway_alone(session, engine, shop):
    """Cart, quote (2), stock (2), order with its event, plan."""
    cart_id = await make_cart(session, shop.member.id, [(shop.skus[0].id, 1)])
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    with Statements(engine) as sent:
        await place(session, shop.member.id, cart_id=cart_id, quote_hash=seen, tenders=[GATEWAY])
    assert sent.count == 7, sent.sent


async def test_reading_and_quoting(session, engine, shop):
    """A cart page is the cart, stock and a quote of two, as checkout is; an order is one."""
    actor = shopper(shop.member.id)
    cart_id = await make_cart(session, shop.member.id, [(shop.skus[0].id, 1)])
    with Statements(engine) as sent:
        await cart.view_cart(session, cart_id, actor=actor)
    assert sent.count == 4, sent.sent
    with Statements(engine) as sent:
        await quote_hash(session, cart_id, actor)
    assert sent.count == 4, sent.sent
    placed = await place(session, shop.member.id, cart_id=cart_id)
    for read in (
        orders.get_order(session, placed.id, actor=actor),
        orders.centre.list_orders(session, actor=actor, after=None, limit=20),
        orders.get_any_order(session, placed.id),
    ):
        with Statements(engine) as sent:
            await read
        assert sent.count == 1, sent.sent


@pytest.mark.parametrize(("has_promotion", "statements"), [(False, 6), (True, 9)])
async def test_what_can_come_back(session, engine, shop, has_promotion, statements):
    """The order, its plan, rows, what went back, the refunds, charges; terms of promotions."""
    if has_promotion:
        await make_promotion(session, shop.merchant.id)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 2)])
    with Statements(engine) as sent:
        await orders.refundable(session, placed.id, actor=shopper(shop.member.id))
    assert sent.count == statements, sent.sent


async def test_adding_a_line(session, engine, shop):
    """The SKU, the cart's lock, the line."""
    actor = shopper(shop.member.id)
    cart_id = await make_cart(session, shop.member.id)
    with Statements(engine) as sent:
        await cart.add_line(
            session,
            cart_id,
            cart.AddLine(sku_id=shop.skus[0].id),
            actor=actor,
            limits=LIMITS,
        )
    assert sent.count == 3, sent.sent
