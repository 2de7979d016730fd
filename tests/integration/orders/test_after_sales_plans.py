"""Lists of returns read by index, however many there are, and asking sends few statements."""

import pytest
from sqlalchemy import event, text

from app.core.ids import new_id
from tests.factories.orders import place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.returning import after_sales, ask
from tests.integration.orders.sending import CLERK, line_ids, send
from tests.statements import Statements

# Foreign keys are not looked at, so that the rows need no orders.
MANY = text("""
    INSERT INTO order_returns (id, number, order_id, member_id, merchant_id, warehouse_id, kind,
        state, reason_code, reason)
    SELECT gen_random_uuid(), 'A-' || n, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
        gen_random_uuid(), 'return', CASE WHEN n % 100 = 0 THEN 'requested' ELSE 'denied' END,
        'other', 'many'
    FROM generate_series(1, 20000) n
""")

# Who was here before may have left statistics of a table of one order, which is then read first.
UNCOUNTED = text("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = 'orders'")


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"member_id": new_id()}, "ix_order_returns_member_id"),
        ({"merchant_id": new_id()}, "ix_order_returns_merchant_id"),
        ({"order_id": new_id()}, "ix_order_returns_order_id"),
        ({"number": "A-1"}, "uq_order_returns_number"),
        ({"is_open": True}, "ix_order_returns_open"),
        ({}, "pk_order_returns"),
    ],
)
async def test_each_list_reads_by_index(session, wanted, index):
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    await session.execute(MANY)
    await session.execute(text("ANALYZE order_returns"))
    await session.execute(UNCOUNTED)
    asked = []
    connection = (await session.connection()).sync_connection

    def note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    seen = after_sales.ReturnFilter(**wanted)
    await after_sales.list_returns(session, seen, actor=CLERK, after=None, limit=20)
    event.remove(connection, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    found = await (await session.connection()).exec_driver_sql(f"EXPLAIN {statement}", parameters)
    plan = "\n".join(found.scalars())
    assert index in plan, plan
    assert "Seq Scan on order_returns" not in plan, plan


async def test_asking_sends_few_statements(session, engine):
    """The order; facts, plan, rows, standing and lines; the preview again; write, read, follow."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    lines = [(shop.skus[0].id, 3)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    await send(session, placed.id)
    (three,) = await line_ids(session, placed.id)
    with Statements(engine) as sent:
        await ask(session, shopper(shop.member.id), placed.id, (three, 1))
    assert sent.count == 15, sent.sent
