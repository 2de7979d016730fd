"""What bad requests break is found, though every answer was good."""

from sqlalchemy import text

from app.core.db import build_engine, build_sessions
from tests.factories.orders import place
from tests.factories.shop import make_shop
from tests.fuzz.books import AUDIT, WORKER, look_into_books
from tests.fuzz.serving import without_limits
from tests.fuzz.tally import Tally

UNHEARD = "UPDATE outbox SET state = 'pending', name = 'orders.paid.v1', payload = '{}'"


async def test_what_the_worker_and_the_audit_run_into_is_found(fresh_url):
    settings = without_limits(fresh_url)
    engine = build_engine(settings.database)
    async with build_sessions(engine).begin() as session:
        shop = await make_shop(session)
        await place(session, shop.member.id, [(shop.skus[0].id, 2)])
    tally = Tally()
    await look_into_books(settings, tally, 1)
    assert not tally.findings
    async with build_sessions(engine).begin() as session:
        await session.execute(text("UPDATE stock SET reserved = reserved + 1"))
        await session.execute(text(UNHEARD))
    await look_into_books(settings, tally, 2)
    await engine.dispose()
    assert {who for who, _ in tally.findings} == {WORKER, AUDIT}
