"""The ledger, as finance reads it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Security
from pydantic import AwareDatetime

from app.core.actor import Actor
from app.core.enums.ledger import AccountKind
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import KeysetDep, PageDep, ReaderDep
from app.routers.identity import get_staff
from app.routers.ledger.statements import page_of_statement, span_of
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.ledger import (
    AccountOut,
    ChartLineOut,
    ChartOut,
    JournalOut,
    StatementOut,
    TrialBalanceOut,
    TrialLineOut,
)
from app.services import ledger

router = Router(prefix="/ledger", tags=["ledger"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.LEDGER_READ])]
Text = Annotated[str | None, Query(max_length=128)]
Since = Annotated[AwareDatetime | None, Query(description="Null: from the beginning.")]
Until = Annotated[AwareDatetime | None, Query(description="Before this instant; null: to now.")]


async def wanted_accounts(
    kind: AccountKind | None = None,
    currency: Annotated[str | None, Query(pattern=r"^[A-Z]{3}$")] = None,
    owner_id: UUID | None = None,
    code: Text = None,
) -> ledger.AccountFilter:
    return ledger.AccountFilter(kind=kind, currency=currency, owner_id=owner_id, code=code)


async def wanted_journals(
    order_id: UUID | None = None,
    account_id: UUID | None = None,
    kind: Text = None,
    key: Text = None,
) -> ledger.JournalFilter:
    return ledger.JournalFilter(order_id=order_id, account_id=account_id, kind=kind, key=key)


AccountFilterDep = Annotated[ledger.AccountFilter, Depends(wanted_accounts)]
JournalFilterDep = Annotated[ledger.JournalFilter, Depends(wanted_journals)]


@router.get("/chart")
async def read_chart(actor: Reader) -> ChartOut:
    """Every kind of account: its class, its natural side and its name in both languages."""
    return ChartOut(kinds=[ChartLineOut.model_validate(each) for each in ledger.CHART])


@router.get("/accounts")
async def list_accounts(
    actor: Reader, page: PageDep, session: ReaderDep, wanted: AccountFilterDep, at: Until = None
) -> Page[AccountOut]:
    """Accounts with their balances, now or before `at`, in the order of their ids."""
    rows = await ledger.list_accounts(session, wanted, after=page.after, limit=page.limit, at=at)
    return page_of(rows, page.limit, AccountOut)


@router.get("/accounts/{account_id}/statement", responses=problems(NotFound))
async def read_statement(
    account_id: UUID,
    actor: Reader,
    keyset: KeysetDep,
    session: ReaderDep,
    since: Since = None,
    until: Until = None,
) -> StatementOut:
    """What moved an account, oldest first, with the balance each journal left."""
    span = span_of(keyset, since, until)
    found = await ledger.statement(session, account_id, span, limit=keyset.limit)
    return page_of_statement(found, keyset.limit)


@router.get("/journals")
async def list_journals(
    actor: Reader, page: PageDep, session: ReaderDep, wanted: JournalFilterDep
) -> Page[JournalOut]:
    """Journals with their entries, newest first."""
    rows = await ledger.list_journals(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, JournalOut)


@router.get("/trial-balance")
async def read_trial_balance(
    actor: Reader, session: ReaderDep, since: Since = None, until: Until = None
) -> TrialBalanceOut:
    """The whole ledger before `until`, and what moved since `since`, by control account.

    Debit and credit sides are equal in every currency and at every instant.
    """
    lines = await ledger.trial_balance(session, since=since, until=until)
    return TrialBalanceOut(lines=[TrialLineOut.model_validate(line) for line in lines])
