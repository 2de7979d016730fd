"""Journals as accounting software gets them, read in many short statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import id_at

NOTHING = UUID(int=0)
SKEW = timedelta(hours=1)
"""How far a clock that makes ids may be ahead of the database's or behind it."""

# A journal counts when it is posted or before, so none of a span is older than its start. Ids
# are in the order of time: what is older is not looked at.
_PICKED = """
    SELECT j.id, j.key, j.kind, j.effective_at, j.posted_at, j.order_id, j.reason, j.actor,
        j.concerns
    FROM ledger_journals j
    WHERE j.id > :after AND j.effective_at >= :since_at AND j.effective_at < :until_at
      AND j.position < :below_position
    ORDER BY j.id LIMIT :limit
"""
_LINES = text(f"""
    SELECT p.*, e.position AS place, a.code, a.kind AS account_kind, e.currency, e.amount_minor,
        o.number AS order_number
    FROM ({_PICKED}) p
    LEFT JOIN ledger_entries e ON e.journal_id = p.id
    LEFT JOIN ledger_accounts a ON a.id = e.account_id
    LEFT JOIN orders o ON o.id = p.order_id
    ORDER BY p.id, e.position
""")
_SUMS = text(f"""
    WITH picked AS MATERIALIZED ({_PICKED}),
    sums AS (
        SELECT e.currency, count(*) AS entries, sum(greatest(e.amount_minor, 0)) AS debit
        FROM picked p JOIN ledger_entries e ON e.journal_id = p.id GROUP BY 1)
    SELECT (SELECT count(*) FROM picked) AS journals,
        (SELECT id FROM picked ORDER BY id DESC LIMIT 1) AS last_id,
        coalesce((SELECT sum(entries) FROM sums), 0)::bigint AS entries,
        coalesce((SELECT jsonb_object_agg(currency, debit) FROM sums), '{{}}') AS debits
""").columns(debits=JSONB)
_COLUMNS = "id, since_at, until_at, below_position, journals, entries, debits, actor, created_at"
_ADD = text("""
    INSERT INTO ledger_exports
        (id, since_at, until_at, below_position, journals, entries, debits, actor)
    VALUES (:id, :since_at, :until_at, :below_position, :journals, :entries,
        CAST(:debits AS jsonb), :actor)
""")


@dataclass(frozen=True, slots=True)
class ExportSpan:
    """Journals that count from `since_at` to before `until_at`, below a position."""

    since_at: datetime
    until_at: datetime
    below_position: int

    @property
    def start(self) -> UUID:
        """An id before all ids of the span."""
        return id_at(self.since_at - SKEW)


class Sums(NamedTuple):
    journals: int
    last_id: UUID | None
    entries: int
    debits: Mapping[str, int]


class ExportRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def horizon(self) -> int:
        """Below this position nobody adds journals any more."""
        return int(await self._session.scalar(text("SELECT ledger_horizon()")) or 0)

    async def sums(self, span: ExportSpan, after: UUID, *, limit: int) -> Sums:
        """What the next journals of a span add up to."""
        return Sums(*(await self._session.execute(_SUMS, _values(span, after, limit))).one())

    async def lines(self, span: ExportSpan, after: UUID, *, limit: int) -> Sequence[Row[Any]]:
        """Entries of the next `limit` journals of a span, in the order of posting."""
        return (await self._session.execute(_LINES, _values(span, after, limit))).all()

    async def add(self, row: Mapping[str, Any]) -> None:
        await self._session.execute(_ADD, row)

    async def find(self, export_id: UUID) -> RowMapping | None:
        found = await self._session.execute(
            text(f"SELECT {_COLUMNS} FROM ledger_exports WHERE id = :id").columns(debits=JSONB),
            {"id": export_id},
        )
        return found.mappings().first()

    async def page(self, *, after: UUID | None, limit: int) -> list[Row[Any]]:
        """Exports, the last first."""
        where = "WHERE id < :after" if after else ""
        query = f"SELECT {_COLUMNS} FROM ledger_exports {where} ORDER BY id DESC LIMIT {int(limit)}"
        found = await self._session.execute(
            text(query).columns(debits=JSONB), {"after": after} if after else {}
        )
        return list(found)


def _values(span: ExportSpan, after: UUID, limit: int) -> dict[str, Any]:
    return {
        "after": after,
        "since_at": span.since_at,
        "until_at": span.until_at,
        "below_position": span.below_position,
        "limit": limit,
    }
