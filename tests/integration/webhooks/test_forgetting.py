"""What is old goes: events with their deliveries, then endpoints nobody has any more."""

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.services import webhooks
from tests.factories.merchants import make_merchant
from tests.factories.webhooks import make_endpoint, tell

AGED = text("""
    UPDATE webhook_events SET created_at = created_at - make_interval(days => :days, secs => 1)
    WHERE id = :id
""")
DELETED = text("""
    UPDATE webhook_endpoints SET deleted_at = now() - make_interval(days => :days, secs => 1)
    WHERE id = :id
""")
DAYS = 30


@pytest.fixture
def real(fresh_engine):
    return build_sessions(fresh_engine)


async def ids(real, query: str) -> set:
    async with real() as session:
        return set((await session.scalars(text(query))).all())


async def test_events_and_what_was_deleted_are_forgotten_after_their_time(real):
    async with unit_of_work(real) as session:
        merchant = await make_merchant(session)
        kept, gone, late = [await make_endpoint(session, merchant.id) for _ in range(3)]
        old, young = [await tell(session, merchant.id) for _ in range(2)]
        await session.execute(AGED, {"id": old, "days": DAYS})
        await session.execute(AGED, {"id": young, "days": DAYS - 1})
        await session.execute(DELETED, {"id": gone.id, "days": DAYS})
        await session.execute(DELETED, {"id": late.id, "days": DAYS - 1})
    await webhooks.forget(real, older_than_days=DAYS)
    assert await ids(real, "SELECT id FROM webhook_events") == {young}
    assert await ids(real, "SELECT event_id FROM webhook_deliveries") == {young}
    # One that is gone stays as long as its deliveries say where they went.
    assert await ids(real, "SELECT id FROM webhook_endpoints") == {kept.id, gone.id, late.id}
    async with unit_of_work(real) as session:
        await session.execute(AGED, {"id": young, "days": DAYS})
    await webhooks.forget(real, older_than_days=DAYS)
    assert await ids(real, "SELECT id FROM webhook_events") == set()
    assert await ids(real, "SELECT id FROM webhook_endpoints") == {kept.id, late.id}
