"""Reading balances, accounts and journals."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_BALANCES = text("""
    SELECT a.id, CASE WHEN a.is_protected THEN a.balance_minor ELSE coalesce(
        (SELECT sum(e.amount_minor) FROM ledger_entries e WHERE e.account_id = a.id), 0)
        * CASE a.side WHEN 'debit' THEN 1 ELSE -1 END END::bigint AS balance_minor
    FROM ledger_accounts a WHERE a.id = ANY(CAST(:ids AS uuid[]))
""")

_ACCOUNTS = """
    SELECT a.id, a.code, a.currency, a.kind, a.side, a.owner_id, a.is_protected, a.created_at,
        CASE WHEN a.is_protected THEN a.balance_minor ELSE coalesce(
        (SELECT sum(e.amount_minor) FROM ledger_entries e WHERE e.account_id = a.id), 0)
        * CASE a.side WHEN 'debit' THEN 1 ELSE -1 END END::bigint AS balance_minor
    FROM ledger_accounts a
    WHERE (CAST(:after AS uuid) IS NULL OR a.id > CAST(:after AS uuid))
      AND (CAST(:kind AS text) IS NULL OR a.kind = CAST(:kind AS text))
      AND (CAST(:currency AS text) IS NULL OR a.currency = CAST(:currency AS text))
      AND (CAST(:owner_id AS uuid) IS NULL OR a.owner_id = CAST(:owner_id AS uuid))
    ORDER BY a.id LIMIT {limit}
"""

_JOURNALS = """
    SELECT j.id, j.key, j.kind, j.order_id, j.member_id, j.actor, j.reason, j.reverses_id,
        j.effective_at, j.posted_at,
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

_TRIAL = text("""
    SELECT a.kind, a.currency, a.side,
        (coalesce(sum(e.amount_minor), 0)
         * CASE a.side WHEN 'debit' THEN 1 ELSE -1 END)::bigint AS balance_minor
    FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
    GROUP BY a.kind, a.currency, a.side ORDER BY a.currency, a.kind
""")


class BalanceRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, ids: Sequence[UUID]) -> dict[UUID, int]:
        """Balances on the natural side; accounts that were never used are missing."""
        found = await self._session.execute(_BALANCES, {"ids": list(ids)})
        return {row.id: row.balance_minor for row in found}

    async def accounts(self, *, limit: int, **filters: Any) -> list[Row[Any]]:
        """One account more than `limit`."""
        return await self._page(_ACCOUNTS, limit, filters)

    async def journals(self, *, limit: int, **filters: Any) -> list[Row[Any]]:
        """One journal more than `limit`, newest first."""
        return await self._page(_JOURNALS, limit, filters)

    async def trial(self) -> list[RowMapping]:
        return list((await self._session.execute(_TRIAL)).mappings())

    async def _page(self, statement: str, limit: int, filters: dict[str, Any]) -> list[Row[Any]]:
        query = text(statement.format(limit=limit + 1)).columns(entries=JSONB)
        return list(await self._session.execute(query, filters))
