"""The last place in a slot, on real connections."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.services import cart, delivery
from tests.factories.cart import make_cart
from tests.factories.counters import shopper
from tests.factories.delivery import make_slot, make_template
from tests.factories.members import make_member
from tests.factories.orders import ADDRESS, place
from tests.factories.shop import make_shop


@pytest.fixture
async def sessions(fresh_engine):
    """Connections are open before the race: opening them would put the buyers in a queue."""
    connections = [await fresh_engine.connect() for _ in range(8)]
    for each in connections:
        await each.close()
    return build_sessions(fresh_engine)


async def test_the_last_places_go_once(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await make_template(session, shop.merchant.id, method="same_city")
        slot = await make_slot(session, shop.merchant.id, capacity=2)
        wish = {"kind": "same_city", "slot_id": str(slot.id)}
        buyers = []
        for _ in range(6):
            member = await make_member(session)
            cart_id = await make_cart(session, member.id, [(shop.skus[0].id, 1)])
            seen = await cart.snapshot(session, cart_id, shopper(member.id), wish=wish)
            quoted = await cart.quote_snapshot(session, seen, delivery=wish, address=ADDRESS)
            buyers.append((member.id, cart_id, str(quoted.agreement)))

    async def buy(member_id, cart_id, agreed):
        async with unit_of_work(sessions) as session:
            await place(session, member_id, cart_id=cart_id, quote_hash=agreed, delivery=wish)

    outcomes = await asyncio.gather(*(buy(*each) for each in buyers), return_exceptions=True)
    refused = [each for each in outcomes if each is not None]
    assert len(refused) == 4
    assert {type(each) for each in refused} <= {delivery.SlotTaken, delivery.DeliveryRefused}
    async with unit_of_work(sessions) as session:
        counts = "SELECT taken, (SELECT count(*) FROM delivery_slot_uses) FROM delivery_slots"
        assert tuple((await session.execute(text(counts))).one()) == (2, 2)
        assert await session.scalar(text("SELECT sum(reserved) FROM stock")) == 2
