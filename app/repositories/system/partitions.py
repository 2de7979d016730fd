"""Month partitions of tables that only grow."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_MONTHS = text("""
    SELECT CAST(month AS date) AS month
    FROM generate_series(
        date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => :ahead),
        interval '1 month'
    ) AS month
    WHERE to_regclass(:prefix || to_char(month, 'YYYY_MM')) IS NULL
    ORDER BY month
""")


class PartitionRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def missing(self, table: str, *, ahead: int) -> list[date]:
        """First days of the months from this one to `ahead` later that have no partition."""
        values = {"prefix": f"{table}_p", "ahead": ahead}
        return [row.month for row in await self._session.execute(_MONTHS, values)]

    async def add(self, table: str, month: date) -> bool:
        """Make the partition of `month`; False when the default one holds rows of it already.

        It refuses changes as its table does. Made by a function of the tables' owner, for the
        application need not be that.
        """
        await self._session.execute(text("SET LOCAL lock_timeout = '500ms'"))
        values = {"parent": table, "month": month}
        made = await self._session.scalar(
            text("SELECT make_month(:parent, CAST(:month AS date))"), values
        )
        return bool(made)
