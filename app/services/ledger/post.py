"""Posting to the ledger."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.ids import new_id
from app.repositories.ledger.journals import (
    AccountRow,
    EntryRow,
    JournalRepository,
    JournalRow,
    Posted,
)
from app.services.ledger.engine import Account, Journal, changes


class InsufficientFunds(DomainError):
    """Names the accounts that cannot cover what is asked; the transaction must be rolled back."""

    slug, title, title_zh = "insufficient-funds", "Not enough funds", "余额不足"


class JournalConflict(DomainError):
    """A key was posted before with other contents: a fault of ours, never of the caller."""

    slug, title, title_zh = "journal-conflict", "The books disagree", "账务冲突"


async def post(
    session: AsyncSession, journals: Sequence[Journal], *, actor: Actor | None = None
) -> None:
    """Write `journals` and move the balances with them, in one statement for any number.

    A journal whose key is known with the same contents is left out. Raises `JournalConflict` when
    the contents differ, and `InsufficientFunds` when a protected account would go below zero; the
    transaction must then be rolled back. Protected accounts are locked in id order; nothing else
    should be locked after them.
    """
    if not journals:
        return
    repository = JournalRepository(session)
    rows = {journal.key: _row(journal) for journal in journals}
    if len(rows) != len(journals):
        raise ValueError("two journals of one call share a key")
    accounts = {entry.account for journal in journals for entry in journal.entries}
    net = changes(journals)
    posted = await repository.post(
        [_account(each) for each in accounts],
        list(rows.values()),
        _entries(journals, rows),
        {account.id: change for account, change in net.items()},
        actor=actor.principal if actor else None,
    )
    settled = _opened(net, posted) | set(posted.moved)
    if not posted.is_open:
        fresh = set(posted.keys)
        await _check_repeats(repository, [row for key, row in rows.items() if key not in fresh])
        new = [journal for journal in journals if journal.key in fresh]
        net = changes(new)
        left = {each.id: change for each, change in net.items() if each.id not in posted.opened}
        again = await repository.post([], [], _entries(new, rows), left, actor=None)
        settled |= set(again.moved)
    if short := [account for account in net if account.id not in settled]:
        raise InsufficientFunds(
            "An account cannot cover what is asked of it",
            accounts=sorted(account.code for account in short),
        )


async def lock(session: AsyncSession, accounts: Sequence[Account]) -> dict[Account, int]:
    """Wait for protected accounts and return their balances, which nothing moves meanwhile.

    Missing ones are opened, so that a posting which opens one cannot come between: `post` may
    follow in the same transaction with journals of these accounts.
    """
    found = await JournalRepository(session).lock([_account(each) for each in accounts])
    return {each: found[each.id] for each in accounts}


def _opened(net: Mapping[Account, int], posted: Posted) -> set[UUID]:
    """Accounts that opened with what was put into them; nobody can take from one that is new."""
    opened = set(posted.opened)
    return {each.id for each, change in net.items() if change > 0 and each.id in opened}


def _entries(journals: Sequence[Journal], rows: Mapping[str, JournalRow]) -> list[EntryRow]:
    return [
        EntryRow(
            rows[journal.key].id,
            position,
            entry.account.id,
            entry.account.currency,
            entry.amount_minor,
            journal.member_id,
            journal.effective_at,
        )
        for journal in journals
        for position, entry in enumerate(journal.entries)
    ]


async def _check_repeats(repository: JournalRepository, repeats: Sequence[JournalRow]) -> None:
    if not repeats:
        return
    known = await repository.hashes([row.key for row in repeats])
    if wrong := [row.key for row in repeats if known.get(row.key) != row.input_hash]:
        raise JournalConflict("A journal was posted before with other contents", keys=wrong)


def _row(journal: Journal) -> JournalRow:
    return JournalRow(
        new_id(),
        journal.key,
        journal.input_hash,
        journal.kind,
        journal.order_id,
        journal.member_id,
        journal.reason,
        journal.reverses_key,
        journal.effective_at,
        journal.concerns,
    )


def _account(account: Account) -> AccountRow:
    return AccountRow(
        account.id,
        account.code,
        account.currency,
        account.kind.value,
        account.side.value,
        account.owner_id,
        account.is_protected,
    )
