"""Journals and the statements of accounts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.ledger.balances import folded

_JOURNALS = """
    SELECT j.id, j.key, j.kind, j.order_id, j.member_id, j.actor, j.reason, j.reverses_id,
        j.effective_at, j.posted_at, j.concerns,
        coalesce((SELECT jsonb_agg(jsonb_build_object(
            'account_id', a.id, 'code', a.code, 'currency', e.currency,
            'amount_minor', e.amount_minor) ORDER BY e.position)
            FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            WHERE e.journal_id = j.id), '[]') AS entries
    FROM ledger_journals j
    WHERE (CAST(:after AS uuid) IS NULL OR j.id < CAST(:after AS uuid))
      AND (CAST(:order_id AS uuid) IS NULL OR j.order_id = CAST(:order_id AS uuid))
      AND (CAST(:kind AS text) IS NULL OR j.kind = CAST(:kind AS text))
      AND (CAST(:key AS text) IS NULL OR j.key = CAST(:key AS text))
      AND (CAST(:account_id AS uuid) IS NULL OR EXISTS (
          SELECT FROM ledger_entries e
          WHERE e.journal_id = j.id AND e.account_id = CAST(:account_id AS uuid)))
    ORDER BY j.id DESC LIMIT {limit}
"""

# A line is what one journal did to the account. The opening is what the lines before the page
# leave, so that pages can be read one by one and still add up.
NOTHING = UUID(int=0)
"""Comes before every id."""
_SINCE = "coalesce(CAST(:since AS timestamptz), '-infinity')"
_STATEMENT = f"""
    WITH lines AS MATERIALIZED (
        SELECT e.effective_at, e.journal_id, sum(e.amount_minor) AS amount_minor
        FROM ledger_entries e
        WHERE e.account_id = :account_id
          AND e.effective_at >= {_SINCE}
          AND e.effective_at < coalesce(CAST(:until AS timestamptz), 'infinity')
          AND (e.effective_at, e.journal_id) > ({_SINCE}, CAST(:after AS uuid))
        GROUP BY e.effective_at, e.journal_id
        ORDER BY e.effective_at, e.journal_id LIMIT {{limit}}),
    opening AS MATERIALIZED (
        SELECT ({folded(_SINCE)}) + (
            SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entries e
            WHERE e.account_id = a.id AND e.effective_at = {_SINCE}
              AND e.journal_id <= CAST(:after AS uuid)) AS amount_minor
        FROM ledger_accounts a WHERE a.id = :account_id)
    SELECT o.amount_minor::bigint AS opening_minor, l.effective_at, l.journal_id AS id,
        l.amount_minor::bigint AS amount_minor,
        (o.amount_minor + sum(l.amount_minor) OVER (ORDER BY l.effective_at, l.journal_id))::bigint
            AS balance_minor,
        j.key, j.kind, j.order_id, j.reason, j.concerns
    FROM opening o
    LEFT JOIN lines l ON true
    LEFT JOIN ledger_journals j ON j.id = l.journal_id
    ORDER BY l.effective_at, l.journal_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSpan:
    """From the instant `since`, after its journal `after`, to before `until`."""

    since: datetime | None = None
    after: UUID = NOTHING
    until: datetime | None = None


class ReadingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def journals(self, *, limit: int, **filters: Any) -> list[Row[Any]]:
        """One journal more than `limit`, newest first."""
        query = text(_JOURNALS.format(limit=int(limit) + 1)).columns(entries=JSONB)
        return list(await self._session.execute(query, filters))

    async def statement(
        self, account_id: UUID, span: StatementSpan, *, limit: int
    ) -> list[Row[Any]]:
        """One line more than `limit` with signed running balances; without any, one empty line."""
        values = {
            "account_id": account_id,
            "since": span.since,
            "after": span.after,
            "until": span.until,
        }
        query = text(_STATEMENT.format(limit=int(limit) + 1))
        return list(await self._session.execute(query, values))
