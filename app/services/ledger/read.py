"""Balances, accounts, journals and the trial balance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.ledger import AccountKind, Side
from app.repositories.ledger.balances import BalanceRepository
from app.services.ledger.engine import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFilter:
    kind: AccountKind | None = None
    currency: str | None = None
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    order_id: UUID | None = None
    account_id: UUID | None = None
    kind: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class TrialLine:
    """All accounts of one kind and currency together, on their natural side."""

    kind: AccountKind
    currency: str
    side: Side
    balance_minor: int


async def balances(session: AsyncSession, accounts: Iterable[Account]) -> dict[Account, int]:
    """Balances on the natural side: protected ones from their row, others folded. One statement."""
    wanted = list(accounts)
    found = await BalanceRepository(session).of([account.id for account in wanted])
    return {account: found.get(account.id, 0) for account in wanted}


async def trial_balance(session: AsyncSession) -> Sequence[TrialLine]:
    """The whole ledger by kind and currency; debit and credit sides are equal per currency."""
    return [
        TrialLine(
            AccountKind(row["kind"]), row["currency"], Side(row["side"]), row["balance_minor"]
        )
        for row in await BalanceRepository(session).trial()
    ]


async def list_accounts(
    session: AsyncSession, wanted: AccountFilter, *, after: UUID | None, limit: int
) -> list[Row[Any]]:
    """Accounts in id order with their balances, one more than `limit`."""
    return await BalanceRepository(session).accounts(
        limit=limit,
        after=after,
        kind=wanted.kind,
        currency=wanted.currency,
        owner_id=wanted.owner_id,
    )


async def list_journals(
    session: AsyncSession, wanted: JournalFilter, *, after: UUID | None, limit: int
) -> list[Row[Any]]:
    """Journals with their entries, newest first, one more than `limit`."""
    filters: dict[str, Any] = {
        "order_id": wanted.order_id,
        "account_id": wanted.account_id,
        "kind": wanted.kind,
        "key": wanted.key,
    }
    return await BalanceRepository(session).journals(limit=limit, after=after, **filters)
