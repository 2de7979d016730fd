"""What keeps an order from being placed, and that nothing of it remains."""

import pytest
from sqlalchemy import text

from app.core.enums.payments import TenderKind
from app.core.errors import InvalidReference, NotFound
from app.core.ids import new_id
from app.core.settings import CheckoutSettings
from app.services import cart, inventory, orders, payments, pricing
from tests.factories.cart import make_cart, put_line
from tests.factories.members import make_address, make_member
from tests.factories.orders import place, quote_hash, shopper, world
from tests.factories.payments import BALANCE_TENDER, GATEWAY, give_balance, make_gift_card
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def cart_id(session, shop):
    return await make_cart(session, shop.member.id, [(shop.skus[0].id, 2)])


async def refused(session, error, member_id, lines=(), **command):
    """Place inside a savepoint, as the request's transaction would end; nothing may remain."""
    before = await world(session)
    with pytest.raises(error) as caught:
        async with session.begin_nested():
            await place(session, member_id, lines, **command)
    assert await world(session) == before
    assert await session.scalar(text("SELECT count(*) FROM orders")) == 0
    return caught.value


async def set_price(session, shop, price_minor):
    await session.execute(
        text("UPDATE prices SET price_minor = :price WHERE sku_id = :id"),
        {"price": price_minor, "id": shop.skus[0].id},
    )


async def test_m13_a_higher_price_is_refused_with_the_new_quote(session, shop, cart_id):
    """M13 and C36: the shopper is asked again, with what it costs now."""
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    await set_price(session, shop, 10_001)
    error = await refused(
        session, orders.PriceChanged, shop.member.id, cart_id=cart_id, quote_hash=seen
    )
    assert error.context["agreed"] == {"quote_hash": seen, "payable_minor": 20_000}
    now = error.context["quote"]
    assert now["totals"]["payable_minor"] == 20_002
    placed = await place(session, shop.member.id, cart_id=cart_id, quote_hash=now["quote_hash"])
    assert placed.payable_minor == 20_002


async def test_m13_a_lower_price_needs_no_second_question(session, shop, cart_id):
    """M13, the other way: nobody minds paying less."""
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    await set_price(session, shop, 9_000)
    placed = await place(session, shop.member.id, cart_id=cart_id, quote_hash=seen)
    assert placed.payable_minor == 18_000


async def test_other_goods_are_refused_even_for_less(session, shop, cart_id):
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    await session.execute(
        text("UPDATE cart_lines SET quantity = 1 WHERE cart_id = :id"), {"id": cart_id}
    )
    error = await refused(
        session, orders.PriceChanged, shop.member.id, cart_id=cart_id, quote_hash=seen
    )
    assert error.context["quote"]["totals"]["payable_minor"] == 10_000


async def test_a_made_up_hash_is_refused(session, shop, cart_id):
    error = await refused(
        session, orders.PriceChanged, shop.member.id, cart_id=cart_id, quote_hash="0" * 64
    )
    assert error.context["agreed"] == {"quote_hash": "0" * 64, "payable_minor": None}


async def test_an_ended_promotion_is_a_higher_price(session, shop, cart_id):
    await make_promotion(session, shop.merchant.id)
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    await session.execute(text("UPDATE promotions SET status = 'ended'"))
    error = await refused(
        session, orders.PriceChanged, shop.member.id, cart_id=cart_id, quote_hash=seen
    )
    assert error.context["agreed"]["payable_minor"] == 19_000


async def test_an_empty_cart_is_refused(session, shop):
    await refused(session, cart.EmptyCart, shop.member.id, quote_hash="x")


async def test_goods_off_sale_are_named(session, shop, cart_id):
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    await session.execute(text("UPDATE spus SET status = 'off_sale'"))
    error = await refused(
        session, pricing.NotForSale, shop.member.id, cart_id=cart_id, quote_hash=seen
    )
    assert error.context["skus"] == [{"sku_id": str(shop.skus[0].id), "reason": "not_on_sale"}]


async def test_s2_s13_lines_of_one_sku_count_together_against_stock(session, shop):
    """S2 and S13: six and five of the same SKU are eleven, and there are ten."""
    cart_id = await make_cart(session, shop.member.id, [(shop.skus[0].id, 6)])
    await put_line(
        session, cart_id, shop.member.id, shop.skus[0].id, 5, options_key='{"engraving":"L"}'
    )
    error = await refused(session, inventory.OutOfStock, shop.member.id, cart_id=cart_id)
    assert error.context == {"available": {str(shop.skus[0].id): 10}, "is_held": False}


async def test_every_line_that_falls_short_is_named(session, shop):
    error = await refused(
        session,
        inventory.OutOfStock,
        shop.member.id,
        [(shop.skus[0].id, 11), (shop.skus[1].id, 1), (shop.skus[2].id, 12)],
    )
    assert set(error.context["available"]) == {str(shop.skus[0].id), str(shop.skus[2].id)}


async def test_s12_unpaid_orders_are_limited(session, shop):
    """S12: nobody holds stock with orders they never pay."""
    limits = CheckoutSettings(max_unpaid_orders=2)
    for _ in range(2):
        first = await place(session, shop.member.id, [(shop.skus[0].id, 1)], limits=limits)
    before = await world(session)
    with pytest.raises(orders.TooManyUnpaidOrders) as caught:
        async with session.begin_nested():
            await place(session, shop.member.id, [(shop.skus[0].id, 1)], limits=limits)
    assert caught.value.context == {"max_unpaid_orders": 2}
    assert await world(session) == before
    await session.execute(
        text("UPDATE orders SET payment_status = 'closed' WHERE id = :id"), {"id": first.id}
    )
    await place(session, shop.member.id, [(shop.skus[0].id, 1)], limits=limits)


async def test_m21_a_cart_is_ordered_once(session, shop, cart_id):
    """M21: the cart itself blocks a repeat when no key does any more."""
    placed = await place(session, shop.member.id, cart_id=cart_id)
    with pytest.raises(orders.CartAlreadyOrdered) as caught:
        await place(session, shop.member.id, cart_id=cart_id, quote_hash="x")
    assert caught.value.context == {"order_id": str(placed.id)}


async def test_a1_a2_the_cart_of_somebody_else_is_not_found(session, shop, cart_id):
    """A1 and A2: neither an open cart of B nor an ordered one tells A anything."""
    stranger = await make_member(session)
    await refused(session, NotFound, stranger.id, cart_id=cart_id, quote_hash="x")
    await place(session, shop.member.id, cart_id=cart_id)
    with pytest.raises(NotFound):
        await place(session, stranger.id, cart_id=cart_id, quote_hash="x")


async def test_a2_the_address_of_somebody_else_is_an_unknown_one(session, shop, cart_id):
    """A2: an address id of B inside the body of A."""
    stranger = await make_member(session)
    theirs = await make_address(session, stranger.id)
    for address_id in (theirs.id, new_id()):
        error = await refused(
            session,
            InvalidReference,
            shop.member.id,
            cart_id=cart_id,
            address=None,
            address_id=address_id,
        )
        assert error.context == {"field": "address_id"}


async def test_a2_the_gift_card_of_somebody_else_pays_nothing(session, shop, cart_id):
    """A2: a gift card id of B inside the body of A."""
    stranger = await make_member(session)
    card = await make_gift_card(session, 50_000, member_id=stranger.id)
    tender = payments.TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=card.id)
    await refused(
        session, InvalidReference, shop.member.id, cart_id=cart_id, tenders=[tender, GATEWAY]
    )


async def test_tenders_that_do_not_cover_it_are_refused(session, shop, cart_id):
    await give_balance(session, shop.member.id, 500)
    await refused(
        session,
        payments.TenderMismatch,
        shop.member.id,
        cart_id=cart_id,
        tenders=[BALANCE_TENDER],
    )


async def test_a_coupon_that_is_gone_is_a_higher_price(session, shop):
    promotion = await make_promotion(session, shop.merchant.id, stage="coupon", needs_coupon=True)
    coupon = await make_coupon(session, promotion.id)
    cart_id = await make_cart(
        session, shop.member.id, [(shop.skus[0].id, 1)], coupon_codes=[coupon.code]
    )
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    await session.execute(text("UPDATE coupons SET state = 'void'"))
    await refused(session, orders.PriceChanged, shop.member.id, cart_id=cart_id, quote_hash=seen)


async def test_a_closed_channel_takes_no_orders(session, shop, cart_id):
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    await session.execute(text("UPDATE channels SET is_active = false"))
    await refused(session, InvalidReference, shop.member.id, cart_id=cart_id, quote_hash=seen)


async def test_m2_amounts_beyond_the_limit_are_refused(session, shop):
    """M2: a sum that would not fit is refused before anything is written."""
    await session.execute(text("UPDATE prices SET price_minor = 1000000000000000"))
    await refused(session, cart.AmountTooLarge, shop.member.id, [(shop.skus[0].id, 2)])
