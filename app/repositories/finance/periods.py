"""Accounting periods: made, closed behind those who post, reopened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

_COLUMNS = "id, name, starts_at, ends_at, state, closed_at, closed_by, version"
_ADD = text("""
    INSERT INTO accounting_periods (id, name, starts_at, ends_at)
    VALUES (:id, :name, :starts_at, :ends_at) ON CONFLICT DO NOTHING
""")
_LOCKED = text(f"""
    SELECT {_COLUMNS}, ends_at > now() - interval '1 minute' AS is_running,
        EXISTS (SELECT FROM accounting_periods o
                WHERE o.starts_at < p.starts_at AND o.state <> 'closed') AS is_open_before,
        EXISTS (SELECT FROM accounting_periods o
                WHERE o.starts_at > p.starts_at AND o.state <> 'open') AS is_shut_after
    FROM accounting_periods p WHERE name = :name FOR UPDATE OF p
""")
_SHUT = text("""
    UPDATE accounting_periods
    SET state = 'closing', closed_by = :actor, closing_after = NULL, version = version + 1,
        updated_at = now()
    WHERE id = :id
""")
# Asked once the change is committed: whoever began before that may not have seen it.
_MARK = text("""
    UPDATE accounting_periods
    SET closing_after = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    WHERE state = 'closing' AND closing_after IS NULL
""")
_ENDED = text("""
    SELECT id, starts_at, ends_at FROM accounting_periods
    WHERE state = 'closing'
      AND closing_after <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY starts_at FOR UPDATE SKIP LOCKED
""")
_CLOSE = text("""
    UPDATE accounting_periods SET state = 'closed', closed_at = now(), closing_after = NULL,
        version = version + 1, updated_at = now()
    WHERE id = :id
""")
_BALANCES = text("""
    INSERT INTO period_balances
        (period_id, control, currency, opening_minor, debit_minor, credit_minor, closing_minor)
    SELECT :id, b.* FROM unnest(
        CAST(:controls AS text[]), CAST(:currencies AS text[]), CAST(:openings AS bigint[]),
        CAST(:debits AS bigint[]), CAST(:credits AS bigint[]), CAST(:closings AS bigint[])) AS b
""")
_REOPEN = text("""
    WITH gone AS (DELETE FROM period_balances WHERE period_id = :id)
    UPDATE accounting_periods SET state = 'open', closed_at = NULL, closed_by = NULL,
        closing_after = NULL, version = version + 1, updated_at = now()
    WHERE id = :id
""")


class PeriodRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def first_journal_at(self) -> datetime | None:
        """When the first journal counts, roughly: ids are in the order of time."""
        found: datetime | None = await self._session.scalar(
            text("SELECT least(min(effective_at), now()) FROM ledger_entries")
        )
        return found

    async def last_end(self) -> datetime | None:
        found: datetime | None = await self._session.scalar(
            text("SELECT max(ends_at) FROM accounting_periods")
        )
        return found

    async def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add periods; those that are there stay as they are."""
        for row in rows:
            await self._session.execute(_ADD, row)

    async def page(self, *, after: UUID | None, limit: int) -> list[RowMapping]:
        """Periods, the last first; made in the order of time, so ids sort them."""
        where = "WHERE id < :after" if after else ""
        found = await self._session.execute(
            text(
                f"SELECT {_COLUMNS} FROM accounting_periods {where} ORDER BY id DESC"
                f" LIMIT {int(limit)}"
            ),
            {"after": after} if after else {},
        )
        return list(found.mappings())

    async def find(self, name: str) -> RowMapping | None:
        found = await self._session.execute(
            text(f"SELECT {_COLUMNS} FROM accounting_periods WHERE name = :name"), {"name": name}
        )
        return found.mappings().first()

    async def locked(self, name: str) -> RowMapping | None:
        """A period with what of its neighbours decides whether it may move."""
        return (await self._session.execute(_LOCKED, {"name": name})).mappings().first()

    async def shut(self, period_id: UUID, actor: str) -> None:
        await self._session.execute(_SHUT, {"id": period_id, "actor": actor})

    async def mark(self) -> None:
        """Note which transactions closing periods wait for. Not in the one that shut them."""
        await self._session.execute(_MARK)

    async def ended(self) -> list[RowMapping]:
        """Closing periods that nobody can post into any more, locked."""
        return list((await self._session.execute(_ENDED)).mappings())

    async def close(self, period_id: UUID, balances: Sequence[dict[str, Any]]) -> None:
        await self._session.execute(_CLOSE, {"id": period_id})
        names = ("control", "currency", "opening", "debit", "credit", "closing")
        plural = ("controls", "currencies", "openings", "debits", "credits", "closings")
        columns: dict[str, Any] = {
            many: [each[one] for each in balances] for one, many in zip(names, plural, strict=True)
        }
        await self._session.execute(_BALANCES, columns | {"id": period_id})

    async def reopen(self, period_id: UUID) -> None:
        await self._session.execute(_REOPEN, {"id": period_id})

    async def balances(self, period_id: UUID) -> list[RowMapping]:
        found = await self._session.execute(
            text(
                "SELECT control, currency, opening_minor, debit_minor, credit_minor, closing_minor"
                " FROM period_balances WHERE period_id = :id ORDER BY currency, control"
            ),
            {"id": period_id},
        )
        return list(found.mappings())

    async def kept_open(self, at: datetime) -> RowMapping | None:
        """The period of `at`, which nobody closes before this transaction has ended."""
        found = await self._session.execute(
            text(
                "SELECT name, state FROM accounting_periods"
                " WHERE starts_at <= :at AND ends_at > :at FOR SHARE"
            ),
            {"at": at},
        )
        return found.mappings().first()
