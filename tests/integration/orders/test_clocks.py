"""The clock of the machine is wrong: the database tells the time of holds and promotions."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock
from tests.factories.orders import LIMITS, place
from tests.factories.promotions import make_promotion


@pytest.mark.parametrize("hours", [-48, -1, 1, 48])
async def test_f17_f18_the_database_tells_how_long_goods_are_held_and_what_is_running(
    session, shop, monkeypatch, hours
):
    """One promotion is over in an hour, one begins in one: only the first is worth something."""
    now = await session.scalar(text("SELECT now()"))
    hour = timedelta(hours=1)
    running = await make_promotion(
        session, shop.merchant.id, starts_at=now - hour, ends_at=now + hour
    )
    await make_promotion(session, shop.merchant.id, starts_at=now + hour, ends_at=now + 3 * hour)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=hours))
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    for table in ("orders", "reservations"):
        left = await session.scalar(
            text(f"SELECT extract(epoch FROM expires_at - statement_timestamp()) FROM {table}")
        )
        assert 0 < left <= LIMITS.reservation_seconds, table
    taken = await session.execute(text("SELECT promotion_id FROM promotion_uses"))
    assert set(taken.scalars()) <= {running.id}
    saved = text("SELECT discount_minor FROM orders WHERE id = :id")
    assert await session.scalar(saved, {"id": placed.id}) == 1_000
