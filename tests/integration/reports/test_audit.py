"""The audit on an empty database, and its verdict on corrupted ones."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import build_sessions
from app.repositories.reports.audit import AuditRepository
from app.services import reports


async def test_an_empty_database_is_in_order(fresh_engine: AsyncEngine) -> None:
    findings = [each async for each in reports.audit(build_sessions(fresh_engine))]
    assert [each for each in findings if not each.holds] == []
    assert len(findings) == len(reports.INVARIANTS) >= 30


async def test_the_cost_of_the_audit_grows_with_the_rows_alone(fresh_engine: AsyncEngine) -> None:
    """No invariant compares every row with every row, and no estimate can make one do so.

    Where rows are joined one by one, each finds its own by an index.
    """
    async with build_sessions(fresh_engine)() as session:
        await AuditRepository(session).take_snapshot()
        connection = await session.connection()
        quadratic = []
        for invariant in reports.INVARIANTS:
            explained = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {invariant.sql}")
            (plan,) = explained.scalar_one()
            if _reads_all_again(plan["Plan"], str(plan)):
                quadratic.append((invariant.name, plan))
    assert quadratic == []


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _reads_all_again(plan: dict[str, Any], text: str) -> bool:
    """Whether it looks through a whole table for each row of something else."""
    return any(
        "Relation Name" in each and "Index Cond" not in each and "Recheck Cond" not in each
        for parent in _nodes(plan)
        for child in parent.get("Plans", ())
        if _is_done_again(child, parent, text)
        for each in _nodes(child)
    )


def _is_done_again(node: dict[str, Any], parent: dict[str, Any], text: str) -> bool:
    """Whether a node is carried out for each row of its parent, or of the parent's other side."""
    role = node.get("Parent Relationship")
    if role == "SubPlan":
        return f"hashed {node['Subplan Name']}" not in text
    return role == "Inner" and parent["Node Type"] == "Nested Loop"
