"""The last piece of an offer and the last points, wanted twice at the same moment."""

import pytest

from app.core.db import build_sessions, unit_of_work
from app.core.ids import new_id
from app.services import payments, pricing
from tests.factories.cart import make_cart, put_line
from tests.factories.catalog import make_channel
from tests.factories.exchange import make_offer
from tests.factories.members import make_member
from tests.factories.order_invariants import check_orders
from tests.factories.orders import place, quote_hash, shopper
from tests.factories.payment_invariants import check_always
from tests.factories.payments import GATEWAY, give_points
from tests.factories.shop import make_shop
from tests.integration.orders.test_races import scalar, together

BUYERS = 8


@pytest.fixture
async def sessions(fresh_engine):
    """Connections are open before the race: opening them would put the buyers in a queue."""
    connections = [await fresh_engine.connect() for _ in range(BUYERS)]
    for each in connections:
        await each.close()
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        return await make_shop(session, quantity=50)


async def cart_with(session, member_id, offer, *, channel_id=None):
    """What placing it takes: whose cart, which, and the hash of its quote."""
    cart_id = await make_cart(session, member_id, channel_id=channel_id)
    await put_line(session, cart_id, member_id, offer.sku_id, exchange_offer_id=offer.id)
    return member_id, cart_id, await quote_hash(session, cart_id, shopper(member_id))


async def place_one(sessions, member_id, cart_id, seen):
    async with unit_of_work(sessions) as session:
        return await place(session, member_id, cart_id=cart_id, quote_hash=seen, tenders=[GATEWAY])


async def check(sessions):
    async with unit_of_work(sessions) as session:
        await check_orders(session)
        await check_always(session)


async def test_the_last_pieces_of_an_offer_are_had_once(sessions, shop):
    buyers = []
    async with unit_of_work(sessions) as session:
        offer = await make_offer(session, shop.skus[0].id, quota=3)
        for _ in range(BUYERS):
            member = await make_member(session)
            await give_points(session, member.id, 500)
            buyers.append(await cart_with(session, member.id, offer))
    outcomes = await together(*(place_one(sessions, *each) for each in buyers))
    assert sorted(outcomes) == ["done"] * 3 + [pricing.ExchangeUnavailable.slug] * (BUYERS - 3)
    assert await scalar(sessions, "SELECT sold FROM exchange_offers") == 3
    assert await scalar(sessions, "SELECT count(*) FROM orders") == 3
    await check(sessions)


async def test_pieces_of_an_offer_are_counted_one_buyer_after_the_other(sessions, shop):
    """Stock is held before, and may put buyers of one SKU in a queue; the offer counts without."""
    async with unit_of_work(sessions) as session:
        offer = await make_offer(session, shop.skus[0].id, quota=BUYERS - 2)

    async def take():
        async with unit_of_work(sessions) as session:
            exchange = pricing.Exchange("line", offer.id, 1, offer.points, offer.cash_minor)
            await pricing.use_exchanges(session, new_id(), new_id(), [exchange])

    outcomes = await together(*(take() for _ in range(BUYERS)))
    assert sorted(outcomes) == sorted(
        ["done"] * (BUYERS - 2) + [pricing.ExchangeUnavailable.slug] * 2
    )
    assert await scalar(sessions, "SELECT sold FROM exchange_offers") == BUYERS - 2


async def carts_in_channels(sessions, shop, offers):
    """One member with a cart in each of several channels, each of an offer."""
    found = []
    async with unit_of_work(sessions) as session:
        for offer in offers:
            channel = await make_channel(session, tax_rates={"standard": 1_300})
            found.append(await cart_with(session, shop.member.id, offer, channel_id=channel.id))
    return found


async def test_the_last_points_are_spent_once(sessions, shop):
    async with unit_of_work(sessions) as session:
        offers = [await make_offer(session, sku.id) for sku in shop.skus]
        await give_points(session, shop.member.id, 300)
        await give_points(session, shop.member.id, 300)
    carts = await carts_in_channels(sessions, shop, offers)
    outcomes = await together(*(place_one(sessions, *each) for each in carts))
    assert sorted(outcomes) == sorted(["done", *[payments.PointsMissing.slug] * 2])
    await check(sessions)


async def test_one_member_takes_no_more_than_a_member_may(sessions, shop):
    async with unit_of_work(sessions) as session:
        offer = await make_offer(session, shop.skus[0].id, per_member=1)
        await give_points(session, shop.member.id, 5_000)
    carts = await carts_in_channels(sessions, shop, [offer] * 3)
    outcomes = await together(*(place_one(sessions, *each) for each in carts))
    assert sorted(outcomes) == sorted(["done", *[pricing.ExchangeUnavailable.slug] * 2])
    await check(sessions)
