"""Writing journals: two statements for any number of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Sorted arrays: rows that two transactions both add are waited for in one order.
_OPEN = text("""
    WITH accounts AS (
        INSERT INTO ledger_accounts (id, code, currency, kind, side, owner_id, is_protected)
        SELECT * FROM unnest(
            CAST(:account_ids AS uuid[]), CAST(:codes AS text[]), CAST(:currencies AS text[]),
            CAST(:kinds AS text[]), CAST(:sides AS text[]), CAST(:owner_ids AS uuid[]),
            CAST(:protected AS boolean[]))
        ON CONFLICT (id) DO NOTHING)
    INSERT INTO ledger_journals
        (id, key, input_hash, kind, order_id, member_id, actor, reason, reverses_id)
    SELECT j.id, j.key, j.hash, j.kind, j.order_id, j.member_id, :actor, j.reason, r.id
    FROM unnest(
        CAST(:journal_ids AS uuid[]), CAST(:keys AS text[]), CAST(:hashes AS text[]),
        CAST(:journal_kinds AS text[]), CAST(:order_ids AS uuid[]), CAST(:member_ids AS uuid[]),
        CAST(:reasons AS text[]), CAST(:reverses AS text[])
    ) AS j(id, key, hash, kind, order_id, member_id, reason, reverses)
    LEFT JOIN ledger_journals r ON r.key = j.reverses
    ORDER BY j.key
    ON CONFLICT (key) DO NOTHING
    RETURNING key
""")

# Locks in id order, and updates from what the lock read: the statement's own snapshot may be older
# than a balance that another transaction committed while this one waited (docs/adr/0008).
_MOVE = text("""
    WITH locked AS (
        SELECT a.id, a.balance_minor + w.change AS balance_minor
        FROM ledger_accounts a
        JOIN unnest(CAST(:ids AS uuid[]), CAST(:changes AS bigint[])) AS w(id, change)
          ON w.id = a.id
        WHERE a.id = ANY(CAST(:ids AS uuid[]))
        ORDER BY a.id FOR NO KEY UPDATE OF a),
    moved AS (
        UPDATE ledger_accounts a
        SET balance_minor = l.balance_minor, version = a.version + 1
        FROM locked l WHERE a.id = l.id AND l.balance_minor >= 0
        RETURNING a.id),
    entered AS (
        INSERT INTO ledger_entries
            (journal_id, position, account_id, currency, amount_minor, member_id)
        SELECT * FROM unnest(
            CAST(:journal_ids AS uuid[]), CAST(:positions AS smallint[]),
            CAST(:account_ids AS uuid[]), CAST(:currencies AS text[]),
            CAST(:amounts AS bigint[]), CAST(:member_ids AS uuid[])))
    SELECT id FROM moved
""")

_HASHES = text("SELECT key, input_hash FROM ledger_journals WHERE key = ANY(CAST(:keys AS text[]))")


@dataclass(frozen=True, slots=True)
class AccountRow:
    id: UUID
    code: str
    currency: str
    kind: str
    side: str
    owner_id: UUID | None
    is_protected: bool


@dataclass(frozen=True, slots=True)
class JournalRow:
    id: UUID
    key: str
    input_hash: str
    kind: str
    order_id: UUID | None
    member_id: UUID | None
    reason: str | None
    reverses_key: str | None


@dataclass(frozen=True, slots=True)
class EntryRow:
    journal_id: UUID
    position: int
    account_id: UUID
    currency: str
    amount_minor: int
    member_id: UUID | None


class JournalRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(
        self, accounts: Sequence[AccountRow], journals: Sequence[JournalRow], actor: str | None
    ) -> set[str]:
        """Make missing accounts and new journals; the keys that were new."""
        accounts = sorted(accounts, key=lambda each: each.id)
        found = await self._session.execute(
            _OPEN,
            {
                "account_ids": [a.id for a in accounts],
                "codes": [a.code for a in accounts],
                "currencies": [a.currency for a in accounts],
                "kinds": [a.kind for a in accounts],
                "sides": [a.side for a in accounts],
                "owner_ids": [a.owner_id for a in accounts],
                "protected": [a.is_protected for a in accounts],
                "journal_ids": [j.id for j in journals],
                "keys": [j.key for j in journals],
                "hashes": [j.input_hash for j in journals],
                "journal_kinds": [j.kind for j in journals],
                "order_ids": [j.order_id for j in journals],
                "member_ids": [j.member_id for j in journals],
                "reasons": [j.reason for j in journals],
                "reverses": [j.reverses_key for j in journals],
                "actor": actor,
            },
        )
        return set(found.scalars())

    async def hashes(self, keys: Sequence[str]) -> dict[str, str]:
        found = await self._session.execute(_HASHES, {"keys": list(keys)})
        return {row.key: row.input_hash for row in found}

    async def move(
        self, changes: Sequence[tuple[UUID, int]], entries: Sequence[EntryRow]
    ) -> set[UUID]:
        """Write `entries` and move the balances of protected accounts, locked in id order.

        Returns the accounts that could be moved: the others would have gone below zero, and the
        transaction must be rolled back.
        """
        moved = await self._session.execute(
            _MOVE,
            {
                "ids": [id_ for id_, _ in changes],
                "changes": [change for _, change in changes],
                "journal_ids": [e.journal_id for e in entries],
                "positions": [e.position for e in entries],
                "account_ids": [e.account_id for e in entries],
                "currencies": [e.currency for e in entries],
                "amounts": [e.amount_minor for e in entries],
                "member_ids": [e.member_id for e in entries],
            },
        )
        return set(moved.scalars())
