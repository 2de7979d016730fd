"""Balances, accounts, journals, statements and the trial balance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.ledger import AccountKind, Side
from app.core.errors import NotFound
from app.repositories.ledger.balances import BalanceRepository
from app.repositories.ledger.reading import ReadingRepository, StatementSpan
from app.repositories.ledger.turnovers import ControlLine, TurnoverRepository
from app.services.ledger.engine import Account, natural


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFilter:
    kind: AccountKind | None = None
    currency: str | None = None
    owner_id: UUID | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    order_id: UUID | None = None
    account_id: UUID | None = None
    kind: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """A control account (all accounts of a kind that somebody owns together) in a span of time.

    Opening and balance are on the natural side; debit and credit are what was moved between.
    """

    control: str
    kind: AccountKind
    currency: str
    side: Side
    opening_minor: int
    debit_minor: int
    credit_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """What one journal did to the account; `balance_minor` is what it left."""

    id: UUID
    effective_at: datetime
    key: str
    kind: str
    order_id: UUID | None
    reason: str | None
    concerns: str | None
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Amounts are on the account's natural side: above zero it grew."""

    account_id: UUID
    code: str
    currency: str
    side: Side
    opening_minor: int
    lines: Sequence[StatementLine]


async def balances(
    session: AsyncSession, accounts: Iterable[Account], *, at: datetime | None = None
) -> dict[Account, int]:
    """Balances before `at` (by default: all there is) on the natural side. One statement."""
    wanted = list(accounts)
    found = await BalanceRepository(session).of([account.id for account in wanted], at)
    return {account: found.get(account.id, 0) for account in wanted}


async def trial_balance(
    session: AsyncSession, *, since: datetime | None = None, until: datetime | None = None
) -> Sequence[TrialLine]:
    """The whole ledger before `until`, with what moved since `since`, by control account.

    Debit and credit sides are equal per currency, at every instant.
    """
    lines = await TurnoverRepository(session).trial(since, until)
    return [_trial_line(each) for each in lines]


async def list_accounts(
    session: AsyncSession,
    wanted: AccountFilter,
    *,
    after: UUID | None,
    limit: int,
    at: datetime | None = None,
) -> list[Row[Any]]:
    """Accounts in id order with their balances before `at`, one more than `limit`."""
    return await BalanceRepository(session).accounts(
        limit=limit,
        after=after,
        at=at,
        kind=wanted.kind,
        currency=wanted.currency,
        owner_id=wanted.owner_id,
        code=wanted.code,
    )


async def statement(
    session: AsyncSession, account_id: UUID, span: StatementSpan, *, limit: int
) -> Statement:
    """What moved an account in `span`, oldest first, up to `limit` + 1 lines.

    Raises `NotFound`.
    """
    account = await BalanceRepository(session).account(account_id)
    if account is None:
        raise NotFound("No such account")
    side = Side(account.side)
    rows = await ReadingRepository(session).statement(account_id, span, limit=limit)
    return Statement(
        account_id=account_id,
        code=account.code,
        currency=account.currency,
        side=side,
        opening_minor=natural(side, rows[0].opening_minor),
        lines=[_statement_line(side, row) for row in rows if row.id is not None],
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
    return await ReadingRepository(session).journals(limit=limit, after=after, **filters)


def _trial_line(line: ControlLine) -> TrialLine:
    kind = AccountKind(line.control.partition(":")[0])
    side = Account(kind).side
    return TrialLine(
        control=line.control,
        kind=kind,
        currency=line.currency,
        side=side,
        opening_minor=natural(side, line.opening_minor),
        debit_minor=line.debit_minor,
        credit_minor=line.credit_minor,
        balance_minor=natural(side, line.closing_minor),
    )


def _statement_line(side: Side, row: Row[Any]) -> StatementLine:
    return StatementLine(
        id=row.id,
        effective_at=row.effective_at,
        key=row.key,
        kind=row.kind,
        order_id=row.order_id,
        reason=row.reason,
        concerns=row.concerns,
        amount_minor=natural(side, row.amount_minor),
        balance_minor=natural(side, row.balance_minor),
    )
