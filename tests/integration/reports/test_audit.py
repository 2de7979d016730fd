"""The audit on an empty database, and its verdict on corrupted ones."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import build_sessions
from app.repositories.reports.audit import AuditRepository
from app.services import reports


async def test_an_empty_database_is_in_order(fresh_engine: AsyncEngine) -> None:
    findings = [each async for each in reports.audit(build_sessions(fresh_engine))]
    assert [each for each in findings if not each.holds] == []
    assert len(findings) == len(reports.INVARIANTS) >= 30


async def test_the_cost_of_the_audit_grows_with_the_rows_alone(fresh_engine: AsyncEngine) -> None:
    """No invariant compares every row with every row, and no estimate can make one do so."""
    async with build_sessions(fresh_engine)() as session:
        await AuditRepository(session).take_snapshot()
        connection = await session.connection()
        quadratic = []
        for invariant in reports.INVARIANTS:
            explained = await connection.exec_driver_sql(f"EXPLAIN {invariant.sql}")
            plan = "\n".join(explained.scalars())
            if "Nested Loop" in plan:
                quadratic.append((invariant.name, plan))
    assert quadratic == []
