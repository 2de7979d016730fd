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
        """Make the partition of `month`; False when the default one holds rows of it already."""
        until = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        await self._session.execute(text("SET LOCAL lock_timeout = '500ms'"))
        is_used = await self._session.scalar(
            text(
                f"SELECT EXISTS (SELECT FROM {table}_p_default "
                "WHERE created_at >= :start AND created_at < :until)"
            ),
            {"start": month, "until": until},
        )
        if is_used:
            return False
        name = f"{table}_p{month:%Y_%m}"
        await self._session.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} "
                f"FOR VALUES FROM ('{month}') TO ('{until}')"
            )
        )
        return True

    async def forbid_changes(self, table: str, month: date) -> None:
        """Statements that name the partition itself are refused as they are on its table."""
        name = f"{table}_p{month:%Y_%m}"
        await self._session.execute(
            text(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        )
