"""What sponsors of discounts owe, and what they have paid of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.finance import ManualKind
from app.core.enums.ledger import AccountKind
from app.repositories.finance.funders import FunderRepository
from app.services import ledger
from app.services.finance.by_hand import draft_journal
from app.services.finance.engine.by_hand import Draft, receipt
from app.services.finance.engine.sponsoring import receivable


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a funder paid to one of our bank accounts; `reference` is the bank's, taken once."""

    currency: str
    amount_minor: int
    bank_account: str
    reference: str
    reason: str
    received_at: datetime | None = None


class Owing(NamedTuple):
    """What a funder owes in a currency; `id` is its account's."""

    id: UUID
    funder: str
    currency: str
    owed_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunderStatement:
    """A funder's account in a span: what it owed, what moved that, what it owes then.

    `documents` has the journals of the span: orders, refunds and receipts.
    """

    funder: str
    opening_minor: int
    new_minor: int
    given_back_minor: int
    settled_minor: int
    closing_minor: int
    documents: ledger.Statement


async def record_receipt(
    session: AsyncSession, funder: str, command: Receipt, *, actor: Actor
) -> RowMapping:
    """Draft what a funder paid, for somebody else to post. It may be a part of what it owes.

    Raises `MoreThanOwed`, `CountsInFuture`, `PeriodNotOpen`, and `AlreadyExists` when a receipt
    of that reference is there already.
    """
    draft = Draft(
        kind=ManualKind.FUNDER_RECEIPT,
        reason=command.reason,
        attachment=command.reference,
        lines=receipt(funder, command.currency, command.amount_minor, command.bank_account),
        effective_at=command.received_at,
    )
    return await draft_journal(session, draft, actor=actor)


async def list_funders(session: AsyncSession, *, after: UUID | None, limit: int) -> list[Owing]:
    """Accounts of funders that ever owed something, with what they owe; one more than `limit`."""
    wanted = ledger.AccountFilter(kind=AccountKind.COUPON_RECEIVABLE)
    rows = await ledger.list_accounts(session, wanted, after=after, limit=limit)
    return [
        Owing(row.id, row.code.partition(":")[2], row.currency, row.balance_minor) for row in rows
    ]


async def funder_statement(
    session: AsyncSession,
    funder: str,
    currency: str,
    *,
    since: datetime | None,
    until: datetime | None,
    page: ledger.StatementSpan,
    limit: int,
) -> FunderStatement:
    """What a funder owed, what was new, given back and settled, by document.

    `page` is the part of the span whose documents are wanted, up to `limit` + 1. Raises `NotFound`
    for who never owed anything.
    """
    account = receivable(funder, currency)
    documents = await ledger.statement(session, account.id, page, limit=limit)
    opening = 0
    if since is not None:
        opening = (await ledger.balances(session, [account], at=since))[account]
    moved = await FunderRepository(session).moved(account.id, since, until)
    new, back = moved.get("sponsored", 0), -moved.get("sponsored_back", 0)
    settled = -moved.get(ManualKind.FUNDER_RECEIPT, 0)
    return FunderStatement(
        funder=funder,
        opening_minor=opening,
        new_minor=new,
        given_back_minor=back,
        settled_minor=settled,
        closing_minor=opening + sum(moved.values()),
        documents=documents,
    )
