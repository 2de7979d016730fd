"""Writing journals: one statement for any number of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct

# Everything of a posting at once. Two things may make it stop half-way, with `is_open` false: a key
# that was known, or an account that another transaction opened while this one waited for it, which
# the statement's snapshot does not show. Then the caller posts what is left in a second statement.
#
# Accounts are waited for in id order. A new one opens with what its journals put into it; balances
# of the others are locked in id order too, and updated from what the lock read: the snapshot may be
# older than a balance that was committed while this one waited (docs/adr/0008).
_POST = direct("""
    WITH opened AS (
        INSERT INTO ledger_accounts
            (id, code, currency, kind, side, owner_id, is_protected, balance_minor)
        SELECT a.id, a.code, a.currency, a.kind, a.side, a.owner_id, a.is_protected,
            greatest(a.change, 0)
        FROM unnest(
            CAST(:account_ids AS uuid[]), CAST(:codes AS text[]), CAST(:currencies AS text[]),
            CAST(:kinds AS text[]), CAST(:sides AS text[]), CAST(:owner_ids AS uuid[]),
            CAST(:protected AS boolean[]), CAST(:openings AS bigint[])
        ) AS a(id, code, currency, kind, side, owner_id, is_protected, change)
        ON CONFLICT (id) DO NOTHING RETURNING id),
    fresh AS (
        INSERT INTO ledger_journals
            (id, key, input_hash, kind, order_id, member_id, actor, reason, reverses_id,
             effective_at, concerns)
        SELECT j.id, j.key, j.hash, j.kind, j.order_id, j.member_id, :actor, j.reason,
            CASE WHEN j.reverses IS NOT NULL
                THEN (SELECT r.id FROM ledger_journals r WHERE r.key = j.reverses) END,
            coalesce(j.effective_at, now()), j.concerns
        FROM unnest(
            CAST(:journal_ids AS uuid[]), CAST(:keys AS text[]), CAST(:hashes AS text[]),
            CAST(:journal_kinds AS text[]), CAST(:order_ids AS uuid[]),
            CAST(:member_ids AS uuid[]), CAST(:reasons AS text[]), CAST(:reverses AS text[]),
            CAST(:effective_ats AS timestamptz[]), CAST(:concerns AS text[])
        ) AS j(id, key, hash, kind, order_id, member_id, reason, reverses, effective_at, concerns)
        ORDER BY j.key
        ON CONFLICT (key) DO NOTHING RETURNING key),
    gate AS MATERIALIZED (
        SELECT (SELECT count(*) FROM fresh) = cardinality(CAST(:keys AS text[]))
           AND (SELECT count(*) FROM opened)
             + (SELECT count(*) FROM unnest(CAST(:account_ids AS uuid[])) AS w(id)
                JOIN ledger_accounts a ON a.id = w.id)
             = cardinality(CAST(:account_ids AS uuid[])) AS is_open),
    locked AS MATERIALIZED (
        SELECT a.id, a.balance_minor + w.change AS balance_minor
        FROM unnest(CAST(:ids AS uuid[]), CAST(:changes AS bigint[])) AS w(id, change)
        JOIN ledger_accounts a ON a.id = w.id
        WHERE (SELECT is_open FROM gate)
        ORDER BY a.id FOR NO KEY UPDATE OF a),
    moved AS (
        UPDATE ledger_accounts a
        SET balance_minor = l.balance_minor, version = a.version + 1
        FROM locked l WHERE a.id = l.id AND l.balance_minor >= 0
        RETURNING a.id),
    entered AS (
        INSERT INTO ledger_entries
            (journal_id, position, account_id, currency, amount_minor, member_id, effective_at)
        SELECT e.journal_id, e.position, e.account_id, e.currency, e.amount_minor, e.member_id,
            coalesce(e.effective_at, now())
        FROM unnest(
            CAST(:entry_journal_ids AS uuid[]), CAST(:positions AS smallint[]),
            CAST(:entry_account_ids AS uuid[]), CAST(:entry_currencies AS text[]),
            CAST(:amounts AS bigint[]), CAST(:entry_member_ids AS uuid[]),
            CAST(:entry_effective_ats AS timestamptz[])
        ) AS e(journal_id, position, account_id, currency, amount_minor, member_id, effective_at)
        WHERE (SELECT is_open FROM gate))
    SELECT is_open, ARRAY(SELECT key FROM fresh) AS keys, ARRAY(SELECT id FROM opened) AS opened,
        ARRAY(SELECT id FROM moved) AS moved
    FROM gate
""")

# As a posting does it: what is missing is opened first, then all are waited for in id order. Who
# locked a balance and opened the account beside it only afterwards could wait for a posting that
# has opened it and waits for the balance.
_OPEN = direct("""
    INSERT INTO ledger_accounts
        (id, code, currency, kind, side, owner_id, is_protected, balance_minor)
    SELECT a.id, a.code, a.currency, a.kind, a.side, a.owner_id, a.is_protected, 0
    FROM unnest(
        CAST(:account_ids AS uuid[]), CAST(:codes AS text[]), CAST(:currencies AS text[]),
        CAST(:kinds AS text[]), CAST(:sides AS text[]), CAST(:owner_ids AS uuid[]),
        CAST(:protected AS boolean[])
    ) AS a(id, code, currency, kind, side, owner_id, is_protected)
    ON CONFLICT (id) DO NOTHING
""")
_LOCK = direct("""
    SELECT id, balance_minor FROM ledger_accounts WHERE id = ANY(CAST(:account_ids AS uuid[]))
    ORDER BY id FOR NO KEY UPDATE
""")

_HASHES = direct(
    "SELECT key, input_hash FROM ledger_journals WHERE key = ANY(CAST(:keys AS text[]))"
)


class AccountRow(NamedTuple):
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
    effective_at: datetime | None
    concerns: str | None


class EntryRow(NamedTuple):
    journal_id: UUID
    position: int
    account_id: UUID
    currency: str
    amount_minor: int
    member_id: UUID | None
    effective_at: datetime | None


class Posted(NamedTuple):
    """What a statement did: the keys that were new, the accounts it opened and those it moved.

    Unless it `is_open`, entries were not written and no existing balance was moved.
    """

    is_open: bool
    keys: Sequence[str]
    opened: Sequence[UUID]
    moved: Sequence[UUID]


class JournalRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def post(
        self,
        accounts: Sequence[AccountRow],
        journals: Sequence[JournalRow],
        entries: Sequence[EntryRow],
        changes: Mapping[UUID, int],
        *,
        actor: str | None,
    ) -> Posted:
        """Open missing accounts with their change, add new journals and entries, move balances.

        An account of `changes` that is neither opened nor moved would have gone below zero, and so
        would an opened one whose change is negative: the transaction must be rolled back.
        """
        accounts = sorted(accounts, key=lambda each: each.id)
        values = _columns(accounts) | {
            "openings": [changes.get(a.id, 0) for a in accounts],
            "journal_ids": [j.id for j in journals],
            "keys": [j.key for j in journals],
            "hashes": [j.input_hash for j in journals],
            "journal_kinds": [j.kind for j in journals],
            "order_ids": [j.order_id for j in journals],
            "member_ids": [j.member_id for j in journals],
            "reasons": [j.reason for j in journals],
            "reverses": [j.reverses_key for j in journals],
            "effective_ats": [j.effective_at for j in journals],
            "concerns": [j.concerns for j in journals],
            "actor": actor,
            "ids": list(changes),
            "changes": list(changes.values()),
            "entry_journal_ids": [e.journal_id for e in entries],
            "positions": [e.position for e in entries],
            "entry_account_ids": [e.account_id for e in entries],
            "entry_currencies": [e.currency for e in entries],
            "amounts": [e.amount_minor for e in entries],
            "entry_member_ids": [e.member_id for e in entries],
            "entry_effective_ats": [e.effective_at for e in entries],
        }
        return Posted(*(await self._session.execute(_POST, values)).one())

    async def lock(self, accounts: Sequence[AccountRow]) -> dict[UUID, int]:
        """Open what is missing, wait for all, and return what is on them; nothing moves them."""
        values = _columns(sorted(accounts, key=lambda each: each.id))
        await self._session.execute(_OPEN, values)
        found = await self._session.execute(_LOCK, {"account_ids": values["account_ids"]})
        return {row.id: row.balance_minor for row in found}

    async def hashes(self, keys: Sequence[str]) -> dict[str, str]:
        found = await self._session.execute(_HASHES, {"keys": list(keys)})
        return {row.key: row.input_hash for row in found}


def _columns(accounts: Sequence[AccountRow]) -> dict[str, Any]:
    return {
        "account_ids": [a.id for a in accounts],
        "codes": [a.code for a in accounts],
        "currencies": [a.currency for a in accounts],
        "kinds": [a.kind for a in accounts],
        "sides": [a.side for a in accounts],
        "owner_ids": [a.owner_id for a in accounts],
        "protected": [a.is_protected for a in accounts],
    }
