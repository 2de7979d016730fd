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


# The server's limit is meant for requests; how long an audit may take is up to its caller. Every
# table is read whole, so hash joins with room for them are right whatever the statistics say: where
# these are missing or old, a nested loop is chosen for a handful of rows and meets all of them.
_READING_EVERYTHING = text(
    "SELECT set_config('statement_timeout', '0', true), set_config('enable_nestloop', 'off', true),"
    " set_config('work_mem', '64MB', true)"
)


class AuditRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def take_snapshot(self) -> None:
        """Every query that follows sees the same instant. Call first in the transaction."""
        await self._session.execute(
            text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        )
        await self._session.execute(_READING_EVERYTHING)

    async def breaches(self, invariant: Invariant) -> list[dict[str, Any]]:
        connection = await self._session.connection()
        # Constant SQL, taken to the letter: in text() a colon would be a parameter. MATERIALIZED
        # keeps the limit from the planner: sure of five breaches soon, it would look up row by
        # row what it then has to read whole, since there are none.
        rows = await connection.exec_driver_sql(
            f"WITH broken AS MATERIALIZED ({invariant.sql}) SELECT * FROM broken LIMIT {SHOWN}"
        )
        return [dict(row) for row in rows.mappings()]
