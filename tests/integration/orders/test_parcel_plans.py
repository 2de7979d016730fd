"""Lists of parcels and numbers of a year read by index, however many there are."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from app.core.enums.shipping import ShipmentState
from app.core.ids import new_id
from app.services import orders
from app.services.reports import statistics
from tests.factories.shop import make_shop
from tests.integration.test_growth_pages import rows_read

# Foreign keys are not looked at, so that the rows need no orders.
PARCELS = text("""
    INSERT INTO shipments (id, number, order_id, fulfilment_id, member_id, merchant_id,
        warehouse_id, state, carrier_code, tracking_number, currency, shipped_at, delivered_at)
    SELECT gen_random_uuid(), 'S-' || n, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
        gen_random_uuid(), gen_random_uuid(), 'delivered', 'sf', 'SF' || n, 'CNY', now(), now()
    FROM generate_series(1, 20000) n
""")
HOURS, PRODUCTS = 200, 60
MANY_HOURS = text("""
    INSERT INTO order_hours (hour_at, kind, channel_id, currency, of_id, carts, placed, paid,
        cancelled, completed, shipped, refunds, returned, units, list_minor, discount_minor,
        net_minor, paid_minor, refunded_minor, pay_seconds, ship_seconds)
    SELECT CAST(:at AS timestamptz) + make_interval(hours => h),
        CASE p WHEN 0 THEN 'all' ELSE 'product' END,
        :channel_id, 'CNY', CASE p WHEN 0 THEN '00000000-0000-0000-0000-000000000000'::uuid
            ELSE gen_random_uuid() END, 0, 1, 1, 0, 0, 0, 0, 0, 1, 100, 0, 100, 100, 0, 0, 0
    FROM generate_series(1, :hours) h, generate_series(0, :products) p
""")


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"state": ShipmentState.LOST}, "ix_shipments_state"),
        ({"tracking_number": "SF7"}, "ix_shipments_tracking_number"),
        ({"order_id": new_id()}, "ix_shipments_order_id"),
        ({}, "pk_shipments"),
    ],
)
async def test_each_list_of_parcels_reads_by_index(session, wanted, index):
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    await session.execute(PARCELS)
    await session.execute(text("ANALYZE shipments"))
    asked = []
    connection = (await session.connection()).sync_connection

    def note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    seen = orders.shipping.ShipmentFilter(**wanted)
    await orders.shipping.list_shipments(session, seen, after=None, limit=20)
    event.remove(connection, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    found = await (await session.connection()).exec_driver_sql(f"EXPLAIN {statement}", parameters)
    plan = "\n".join(found.scalars())
    assert index in plan, plan
    assert "Seq Scan on shipments" not in plan, plan


async def test_numbers_of_many_days_read_no_hours_of_products(session):
    shop = await make_shop(session)
    at = datetime(2025, 1, 1, tzinfo=UTC)
    values = {"at": at, "channel_id": shop.channel.id, "hours": HOURS, "products": PRODUCTS}
    await session.execute(MANY_HOURS, values)
    await session.execute(text("ANALYZE order_hours"))
    question = statistics.Question(
        metrics=("orders_placed",), by=(), from_on=at.date(), to_on=at.date() + timedelta(days=30)
    )
    before = await rows_read(session)
    (row,) = (await statistics.order_statistics(session, question)).rows
    assert row["orders_placed"] == HOURS
    assert await rows_read(session) - before <= 2 * HOURS
