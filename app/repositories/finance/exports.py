"""Journals as accounting software gets them, read in many short statements."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

NOTHING = UUID(int=0)

# By the index on when journals count, so that a month long ago costs what it holds and not what was
# posted since. What an earlier export to the same target has is left out: exports are only added
# to, so the answer stays the same.
_PICKED = """
    SELECT j.id, j.key, j.kind, j.effective_at, j.posted_at, j.order_id, j.reason, j.actor,
        j.concerns
    FROM ledger_journals j
    WHERE (j.effective_at, j.id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid))
      AND j.effective_at >= :since_at AND j.effective_at < :until_at
      AND j.position < :below_position
      AND NOT EXISTS (
        SELECT FROM ledger_exports x
        WHERE x.target = CAST(:target AS text) AND x.number < CAST(:number AS integer)
          AND x.since_at <= j.effective_at AND x.until_at > j.effective_at
          AND x.below_position > j.position)
    ORDER BY j.effective_at, j.id LIMIT :limit
"""
_LINES = text(f"""
    SELECT p.*, e.position AS place, a.code, a.kind AS account_kind, e.currency, e.amount_minor,
        o.number AS order_number
    FROM ({_PICKED}) p
    LEFT JOIN ledger_entries e ON e.journal_id = p.id
    LEFT JOIN ledger_accounts a ON a.id = e.account_id
    LEFT JOIN orders o ON o.id = p.order_id
    ORDER BY p.effective_at, p.id, e.position
""")
_SUMS = text(f"""
    WITH picked AS MATERIALIZED ({_PICKED}),
    sums AS (
        SELECT e.currency, count(*) AS entries, sum(greatest(e.amount_minor, 0)) AS debit
        FROM picked p JOIN ledger_entries e ON e.journal_id = p.id GROUP BY 1)
    SELECT (SELECT count(*) FROM picked) AS journals,
        l.effective_at AS last_at, l.id AS last_id,
        coalesce((SELECT sum(entries) FROM sums), 0)::bigint AS entries,
        coalesce((SELECT jsonb_object_agg(currency, debit) FROM sums), '{{}}') AS debits
    FROM (SELECT) AS always
    LEFT JOIN (SELECT effective_at, id FROM picked ORDER BY 1 DESC, 2 DESC LIMIT 1) AS l ON true
""").columns(debits=JSONB)
_COLUMNS = """id, since_at, until_at, below_position, journals, entries, debits, actor, created_at,
    target, number"""
_ADD = text("""
    INSERT INTO ledger_exports
        (id, since_at, until_at, below_position, journals, entries, debits, actor, target, number)
    VALUES (:id, :since_at, :until_at, :below_position, :journals, :entries,
        CAST(:debits AS jsonb), :actor, :target, :number)
    ON CONFLICT (target, number) DO NOTHING
    RETURNING id
""")


class Place(NamedTuple):
    """Where in the order of an export a journal stands."""

    effective_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class ExportSpan:
    """Journals that count from `since_at` to before `until_at`, below a position.

    Without those that earlier exports to the same `target` have.
    """

    since_at: datetime
    until_at: datetime
    below_position: int
    target: str | None = None
    number: int | None = None

    @property
    def start(self) -> Place:
        """Before all journals of the span."""
        return Place(self.since_at, NOTHING)


class Sums(NamedTuple):
    journals: int
    last: Place | None
    entries: int
    debits: Mapping[str, int]


class ExportRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def horizon(self) -> int:
        """Below this position nobody adds journals any more."""
        return int(await self._session.scalar(text("SELECT ledger_horizon()")) or 0)

    async def next_number(self, target: str) -> int:
        """The number the next export to a target has."""
        query = text("SELECT coalesce(max(number), 0) + 1 FROM ledger_exports WHERE target = :it")
        return int(await self._session.scalar(query, {"it": target}) or 0)

    async def sums(self, span: ExportSpan, after: Place, *, limit: int) -> Sums:
        """What the next journals of a span add up to."""
        row = (await self._session.execute(_SUMS, _values(span, after, limit))).one()
        last = None if row.last_id is None else Place(row.last_at, row.last_id)
        return Sums(row.journals, last, row.entries, row.debits)

    async def lines(self, span: ExportSpan, after: Place, *, limit: int) -> Sequence[Row[Any]]:
        """Entries of the next `limit` journals of a span, in the order in which they count."""
        return (await self._session.execute(_LINES, _values(span, after, limit))).all()

    async def add(self, row: Mapping[str, Any]) -> bool:
        """Add an export unless its target has one of that number already."""
        return (await self._session.execute(_ADD, row)).first() is not None

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


def _values(span: ExportSpan, after: Place, limit: int) -> dict[str, Any]:
    return asdict(span) | {"after_at": after.effective_at, "after_id": after.id, "limit": limit}
