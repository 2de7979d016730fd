"""How an order is paid is read by index, however many orders were paid before."""

import pytest
from sqlalchemy import event, text

from app.core.ids import new_id
from app.repositories.payments.plans import PlanRepository

# Foreign keys are not looked at, so that what was taken needs no orders.
MANY = text("""
    INSERT INTO payment_receipts (id, channel, transaction_id, attempt_id, plan_id, member_id,
        amount_minor, currency, outcome)
    SELECT gen_random_uuid(), 'many', 'many-' || n, gen_random_uuid(), gen_random_uuid(),
        gen_random_uuid(), 100, 'CNY', 'captured' FROM generate_series(1, 20000) n
""")


@pytest.mark.parametrize("of", ["plan", "orders"])
async def test_what_was_taken_for_a_plan_is_found_by_index(session, of):
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    await session.execute(MANY)
    await session.execute(text("ANALYZE payment_receipts"))
    asked = []
    connection = (await session.connection()).sync_connection

    def note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    plans = PlanRepository(session)
    await (plans.read(new_id()) if of == "plan" else plans.of_orders([new_id()]))
    event.remove(connection, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    found = await (await session.connection()).exec_driver_sql(f"EXPLAIN {statement}", parameters)
    plan = "\n".join(found.scalars())
    assert "ix_payment_receipts_plan_id" in plan, plan
