"""Balances and accounts, now and at any instant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.ledger.turnovers import UNROLLED, unrolled


def folded(instant: str) -> str:
    """The signed sum of the entries of an account `a` that count before `instant`.

    Whoever owns an account has a few entries, which are read. One that nobody owns may have
    millions: whole hours come from its turnovers.
    """
    hour = f"date_trunc('hour', {instant}, 'UTC')"
    young = unrolled("e.amount_minor", f"e.account_id = a.id AND e.effective_at < {hour}")
    return f"""
    CASE WHEN a.owner_id IS NOT NULL THEN (
        SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entries e
        WHERE e.account_id = a.id AND e.effective_at < {instant})
    ELSE (
        SELECT coalesce(sum(t.debit_minor - t.credit_minor), 0) FROM ledger_turnovers t
        WHERE t.control = a.code AND t.currency = a.currency AND t.hour_at < {hour})
      + (SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entries e
        WHERE e.account_id = a.id AND e.effective_at >= {hour} AND e.effective_at < {instant})
      + (SELECT coalesce(sum(y.amount_minor), 0) FROM ({young} WHERE {UNROLLED}) y)
    END
    """


AT = "coalesce(CAST(:at AS timestamptz), 'infinity')"
BALANCE = f"""
    (CASE WHEN a.is_protected AND CAST(:at AS timestamptz) IS NULL THEN a.balance_minor
     ELSE ({folded(AT)}) * CASE a.side WHEN 'debit' THEN 1 ELSE -1 END
     END)::bigint AS balance_minor
"""

_BALANCES = text(f"""
    SELECT a.id, {BALANCE} FROM ledger_accounts a WHERE a.id = ANY(CAST(:ids AS uuid[]))
""")

_ACCOUNTS = f"""
    SELECT a.id, a.code, a.currency, a.kind, a.side, a.owner_id, a.is_protected, a.created_at,
        {BALANCE}
    FROM ledger_accounts a
    WHERE (CAST(:after AS uuid) IS NULL OR a.id > CAST(:after AS uuid))
      AND (CAST(:kind AS text) IS NULL OR a.kind = CAST(:kind AS text))
      AND (CAST(:currency AS text) IS NULL OR a.currency = CAST(:currency AS text))
      AND (CAST(:owner_id AS uuid) IS NULL OR a.owner_id = CAST(:owner_id AS uuid))
      AND (CAST(:code AS text) IS NULL OR a.code = CAST(:code AS text))
    ORDER BY a.id
"""


class BalanceRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, ids: Sequence[UUID], at: datetime | None = None) -> dict[UUID, int]:
        """Balances before `at` on the natural side; accounts that were never used are missing."""
        found = await self._session.execute(_BALANCES, {"ids": list(ids), "at": at})
        return {row.id: row.balance_minor for row in found}

    async def accounts(self, *, limit: int, **filters: Any) -> list[Row[Any]]:
        """One account more than `limit`."""
        query = text(f"{_ACCOUNTS} LIMIT {int(limit) + 1}")
        return list(await self._session.execute(query, filters))

    async def account(self, account_id: UUID) -> Row[Any] | None:
        found = await self._session.execute(
            text("SELECT * FROM ledger_accounts WHERE id = :id"), {"id": account_id}
        )
        return found.first()
