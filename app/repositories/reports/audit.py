"""The audit's invariants as SQL. Each query returns the rows that break it, so none is good news.

They read one snapshot, change nothing and take no locks, so they are safe on a live database.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SHOWN = 5
"""How many breaches of one invariant are read; one is too many already."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` selects what breaks the rule; its columns are shown to whoever runs the audit."""

    name: str
    sql: str


class AuditRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def take_snapshot(self) -> None:
        """Every query that follows sees the same instant. Call first in the transaction."""
        await self._session.execute(
            text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        )
        await self._session.execute(text("SET LOCAL statement_timeout = 0"))

    async def breaches(self, invariant: Invariant) -> list[dict[str, Any]]:
        connection = await self._session.connection()
        # Constant SQL, taken to the letter: in text() a colon would be a parameter.
        rows = await connection.exec_driver_sql(
            f"SELECT * FROM ({invariant.sql}) AS broken LIMIT {SHOWN}"
        )
        return [dict(row) for row in rows.mappings()]
