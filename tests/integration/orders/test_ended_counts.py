"""What is over is counted once and exactly, whoever ends orders meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.cli.imports.running import IMPORTER
from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.core.enums.order_lists import OrderTab
from app.repositories.orders import EndedRepository, ListReader, OrderFilter
from app.repositories.orders.lists import COUNTED, Counted
from app.repositories.reports.ended_invariants import ENDED
from app.services.orders import history
from app.services.reports.audit import INVARIANTS
from tests.factories import merchants as merchant_factory
from tests.factories.orders import place
from tests.factories.shop import make_shop
from tests.integration.orders.test_list_plans import MOST_READ, ROWS, crowd
from tests.integration.test_growth_pages import rows_read

FEW, ALREADY = 100, timedelta()
DONE = {
    "state": "'completed'",
    "payment_status": "'paid'",
    "fulfilment_status": "'delivered'",
    "paid_at": "now() - interval '9 days'",
    "received_at": "now() - interval '5 days'",
    "completed_at": "now() - interval '2 days' + make_interval(secs => get_byte("
    "uuid_send(ids.id), 9))",
}
ENDS = {
    "completed": "state = 'completed', completed_at = now(), paid_at = now()",
    "cancelled": "state = 'cancelled', cancelled_at = now()",
}


async def counts(session, merchant_id=None):
    """`(completed, cancelled)`, exact."""
    told = await ListReader(session).counts(OrderFilter(), merchant_id=merchant_id)
    assert told[OrderTab.COMPLETED].is_exact
    return told[OrderTab.COMPLETED].orders, told[OrderTab.CANCELLED].orders


async def one_by_one(session, merchant_id=None):
    """The same, as a filter that leaves nothing out has it."""
    wanted = OrderFilter(payable_min=0, currency="CNY")
    told = await ListReader(session).counts(wanted, merchant_id=merchant_id)
    return told[OrderTab.COMPLETED].orders, told[OrderTab.CANCELLED].orders


async def breaches(session):
    return (await session.execute(text(ENDED[0].sql))).all()


async def fold(session, limit=FEW):
    while await EndedRepository(session).fold(limit):
        pass


async def end(session, order_id, how, *, ago=ALREADY):
    await session.execute(text(f"UPDATE orders SET {ENDS[how]} WHERE id = :id"), {"id": order_id})
    await session.execute(
        text(
            "UPDATE orders SET completed_at = completed_at - CAST(:ago AS interval),"
            " cancelled_at = cancelled_at - CAST(:ago AS interval) WHERE id = :id"
        ),
        {"id": order_id, "ago": ago},
    )


def test_it_is_audited():
    assert ENDED[0] in INVARIANTS


async def test_what_is_over_is_counted_to_a_thousand_until_it_is_added_up(session, shop):
    first = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await crowd(session, first.id, **DONE)
    fallen = await place(session, shop.member.id, [(shop.skus[1].id, 1)])
    await end(session, fallen.id, "cancelled", ago=timedelta(days=3))
    other = await merchant_factory.make_merchant(session)
    mine = shop.merchant.id
    each_of = (None, mine, other.id)
    at_most = [(COUNTED, 1), (COUNTED, 0), (0, 0)]  # one by one
    told = await ListReader(session).counts(OrderFilter(), merchant_id=mine)
    assert told[OrderTab.COMPLETED] == Counted(COUNTED, is_exact=False)
    assert [await one_by_one(session, each) for each in each_of] == at_most
    for _ in range(2):
        await fold(session)
        told = [await counts(session, each) for each in each_of]
        assert told == [(ROWS, 1), (ROWS, 0), (0, 0)]
        assert [await one_by_one(session, each) for each in each_of] == at_most
        assert await breaches(session) == []
    # A moment later more are over, and are counted before anybody adds them up.
    await end(session, first.id, "completed")
    assert await counts(session) == (ROWS + 1, 1)
    assert await counts(session, mine) == (ROWS + 1, 0)
    await fold(session)
    assert await counts(session, mine) == (ROWS + 1, 0)
    assert await breaches(session) == []


async def test_a_merchant_that_sells_everything_reads_what_waits(session, shop):
    """Ten times as many are over as are counted one by one."""
    first = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await crowd(session, first.id, **DONE)
    await fold(session)
    await session.execute(text("UPDATE orders SET paid_at = now() WHERE paid_at IS NULL"))
    await session.execute(text("ANALYZE orders, fulfilments, order_end_counts, order_end_marks"))
    for merchant_id in (shop.merchant.id, None):
        before = await rows_read(session)
        assert await counts(session, merchant_id) == (ROWS, 0)
        assert await rows_read(session) - before <= MOST_READ
    assert ROWS > 4 * MOST_READ, "or reading all would do"


async def test_what_ends_while_others_are_added_up_counts_once(fresh_engine):
    """Its end is the start of a transaction that is open longer than the folding takes."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        ids = [(await place(session, shop.member.id, [(shop.skus[0].id, 1)])).id for _ in range(2)]
        await end(session, ids[0], "completed", ago=timedelta(hours=1))
    async with unit_of_work(sessions) as slow:
        await end(slow, ids[1], "completed")
        await slow.execute(text("SELECT pg_sleep(1.3)"))
        async with unit_of_work(sessions) as session:
            await fold(session)
            assert await counts(session, shop.merchant.id) == (1, 0)
    async with unit_of_work(sessions) as session:
        assert await counts(session, shop.merchant.id) == (2, 0)
        await fold(session)
        assert await counts(session, shop.merchant.id) == (2, 0)
        assert await breaches(session) == []


async def test_orders_of_the_past_are_added_to_what_is_added_up(session, shop):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await end(session, placed.id, "completed", ago=timedelta(days=1))
    await fold(session)
    at = now() - timedelta(days=90)
    past = history.PastOrder(
        ref="1",
        customer="c1",
        placed_at=at,
        paid_at=at,
        shipped_at=at,
        received_at=at,
        ended_at=at + timedelta(days=9),
        is_cancelled=False,
        shipping_minor=0,
        address={"recipient": "Ann", "phone": "+8613800138000", "country": "CN"},
        lines=(history.PastLine(sku=shop.skus[0].code, quantity=1, net_minor=100),),
    )
    landed = await history.land(
        session, "old", [past], channel=None, members={"c1": shop.member.id}, actor=IMPORTER
    )
    assert (len(landed.made), landed.refused) == (1, {})
    assert await counts(session) == await counts(session, shop.merchant.id) == (2, 0)
    assert await breaches(session) == []


@pytest.mark.parametrize(
    "corruption",
    [
        "UPDATE order_end_counts SET orders = orders + 1",
        "DELETE FROM order_end_counts WHERE of_id <> '00000000-0000-0000-0000-000000000000'",
        "UPDATE orders SET state = 'open' WHERE state = 'completed'",
    ],
)
async def test_the_audit_sees_what_was_miscounted(session, shop, corruption):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await end(session, placed.id, "completed", ago=timedelta(days=1))
    await fold(session)
    assert await breaches(session) == []
    await session.execute(text(corruption))
    assert await breaches(session)
