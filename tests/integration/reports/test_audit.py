"""The audit on an empty database, and its verdict on corrupted ones."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import build_sessions
from app.services import reports


async def test_an_empty_database_is_in_order(fresh_engine: AsyncEngine) -> None:
    findings = [each async for each in reports.audit(build_sessions(fresh_engine))]
    assert [each for each in findings if not each.holds] == []
    assert len(findings) == len(reports.INVARIANTS) >= 30
