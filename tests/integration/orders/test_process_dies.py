"""What is left of an order whose process ended while it was placed, and of a quote."""

import pytest
from sqlalchemy import text

from app.services import orders
from tests.factories.counters import OrderCounter
from tests.factories.orders import ADDRESS, world
from tests.factories.payments import TERMS
from tests.fakes.crashes import Crash, CrashingSessions, Fuse
from tests.integration.orders.conftest import BY_GATEWAY


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_s3_goods_of_a_process_that_died_are_free_again(sessions, session, shop, steps):
    """S3: before, inside or after the transaction: no promise, or one whose time ends, once."""
    before = await world(session)
    dying = OrderCounter(CrashingSessions(sessions, Fuse(steps), inside=True))
    with pytest.raises(Crash):
        await dying.place(shop.member.id, [(shop.skus[0].id, 2)])
    held = (await session.execute(text("SELECT state, expires_at FROM reservations"))).all()
    placed = await session.scalar(text("SELECT count(*) FROM orders"))
    assert len(held) == placed == (1 if steps == 2 else 0)
    assert all(row.state == "held" and row.expires_at is not None for row in held)
    await session.execute(text("UPDATE orders SET expires_at = now()"))
    await session.commit()
    alive = OrderCounter(sessions)
    for looked_at in (placed, 0):
        done = await orders.expire(sessions, alive.gateways, limit=9, terms=TERMS)
        assert done == looked_at
    assert await world(session) == before


async def test_a_quote_takes_nothing(session, lin, shop):
    """C35: the confirmation page asks as often as it likes."""
    cart_id = await lin.cart_of((shop.skus[0].id, 2))
    before = await world(session)
    asked = {"address": ADDRESS, "tenders": BY_GATEWAY}
    told = [(await lin.post(f"/carts/{cart_id}/quote", asked)).json() for _ in range(2)]
    assert told[0]["quote_hash"] == told[1]["quote_hash"]
    assert {"quote", "delivery", "payment"} <= set(told[0])
    assert await world(session) == before
    assert await session.scalar(text("SELECT count(*) FROM orders")) == 0
