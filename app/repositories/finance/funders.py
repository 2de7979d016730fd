"""What moved the accounts of funders."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_MOVED = text("""
    SELECT j.kind, sum(e.amount_minor)::bigint AS minor
    FROM ledger_entries e JOIN ledger_journals j ON j.id = e.journal_id
    WHERE e.account_id = :account_id
      AND e.effective_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
      AND e.effective_at < coalesce(CAST(:until AS timestamptz), 'infinity')
    GROUP BY j.kind
""")


class FunderRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def moved(
        self, account_id: UUID, since: datetime | None, until: datetime | None
    ) -> dict[str, int]:
        """What journals of each kind moved an account between two instants, debit positive."""
        values = {"account_id": account_id, "since": since, "until": until}
        found = await self._session.execute(_MOVED, values)
        return {row.kind: row.minor for row in found}
