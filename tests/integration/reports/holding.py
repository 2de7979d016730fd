"""The audit's invariants of one concern, inside a test's own transaction."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.reports.audit import Invariant
from app.repositories.reports.price_invariants import PRICES

CONCERNS: Final[Mapping[str, tuple[Invariant, ...]]] = {"prices": PRICES}


async def assert_hold(session: AsyncSession, concern: str) -> None:
    await session.flush()
    connection = await session.connection()
    for invariant in CONCERNS[concern]:
        rows = (await connection.exec_driver_sql(invariant.sql)).all()
        assert rows == [], invariant.name
