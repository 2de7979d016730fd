"""Journals people write: drafts, and how they were settled."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.finance import ManualKind, ManualState
from app.repositories.keyset import before

_SHOWN = """
    SELECT m.id, m.number, m.kind, m.state, m.reason, m.attachment, m.effective_at, m.concerns,
        m.reverses_id, m.drafted_by, m.settled_by, m.settled_at, m.rejected_for, m.reversed_at,
        m.version, m.created_at,
        (SELECT jsonb_agg(jsonb_build_object('account', l.account, 'currency', l.currency,
             'amount_minor', l.amount_minor) ORDER BY l.position)
         FROM manual_journal_lines l WHERE l.journal_id = m.id) AS lines
    FROM manual_journals m
"""
_FIND = text(f"{_SHOWN} WHERE m.id = :id").columns(lines=JSONB)
_LOCKED = text(f"{_SHOWN} WHERE m.id = :id FOR NO KEY UPDATE OF m").columns(lines=JSONB)
_PAGE = text(f"""
    {_SHOWN}
    WHERE {before("m.id")} AND (CAST(:state AS varchar) IS NULL OR m.state = :state)
      AND (CAST(:kind AS varchar) IS NULL OR m.kind = :kind)
    ORDER BY m.id DESC LIMIT :limit
""").columns(lines=JSONB)
_ADD = text("""
    WITH made AS (
        INSERT INTO manual_journals (id, number, kind, reason, attachment, effective_at, concerns,
            reverses_id, drafted_by)
        VALUES (:id, :number, :kind, :reason, :attachment, :effective_at, :concerns, :reverses_id,
            :drafted_by)
        ON CONFLICT DO NOTHING RETURNING id),
    lines AS (
        INSERT INTO manual_journal_lines (journal_id, position, account, currency, amount_minor)
        SELECT made.id, l.position, l.account, l.currency, l.amount_minor
        FROM made, unnest(CAST(:accounts AS text[]), CAST(:currencies AS text[]),
                          CAST(:amounts AS bigint[]))
            WITH ORDINALITY AS l(account, currency, amount_minor, position))
    SELECT id FROM made
""")
_SETTLE = text("""
    UPDATE manual_journals
    SET state = :state, settled_by = :by, settled_at = now(), rejected_for = :reason,
        version = version + 1, updated_at = now()
    WHERE id = :id
""")
_REVERSED = text("""
    UPDATE manual_journals SET reversed_at = now(), version = version + 1, updated_at = now()
    WHERE id = :id
""")


class ManualJournalRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: Mapping[str, Any], lines: Sequence[tuple[str, str, int]]) -> bool:
        """Write a draft; false when another reverses the same, or rests on the same receipt."""
        names = ("accounts", "currencies", "amounts")
        columns = {name: [each[i] for each in lines] for i, name in enumerate(names)}
        return (await self._session.execute(_ADD, dict(row) | columns)).first() is not None

    async def find(self, journal_id: UUID, *, lock: bool = False) -> RowMapping | None:
        found = await self._session.execute(_LOCKED if lock else _FIND, {"id": journal_id})
        return found.mappings().first()

    async def page(
        self, *, state: ManualState | None, kind: ManualKind | None, after: UUID | None, limit: int
    ) -> list[Row[Any]]:
        """The last drafted first."""
        values = {"state": state, "kind": kind, "after": after, "limit": limit}
        return list(await self._session.execute(_PAGE, values))

    async def settle(
        self, journal_id: UUID, state: ManualState, by: str, reason: str | None = None
    ) -> None:
        values = {"id": journal_id, "state": state, "by": by, "reason": reason}
        await self._session.execute(_SETTLE, values)

    async def note_reversed(self, journal_id: UUID) -> None:
        await self._session.execute(_REVERSED, {"id": journal_id})

    async def lock_account(self, account_id: UUID) -> None:
        """Let one after the other settle an account that keeps no balance of its own."""
        await self._session.execute(
            text("SELECT id FROM ledger_accounts WHERE id = :id FOR NO KEY UPDATE"),
            {"id": account_id},
        )
