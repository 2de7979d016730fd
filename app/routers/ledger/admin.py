"""The ledger, as finance reads it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Security

from app.core.actor import Actor
from app.core.enums.ledger import AccountKind
from app.core.enums.scopes import Scope
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.schemas.base import Page
from app.schemas.ledger import AccountOut, JournalOut, TrialBalanceOut, TrialLineOut
from app.services import ledger

router = Router(prefix="/ledger", tags=["ledger"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.LEDGER_READ])]
Text = Annotated[str | None, Query(max_length=128)]


async def wanted_accounts(
    kind: AccountKind | None = None,
    currency: Annotated[str | None, Query(pattern=r"^[A-Z]{3}$")] = None,
    owner_id: UUID | None = None,
) -> ledger.AccountFilter:
    return ledger.AccountFilter(kind=kind, currency=currency, owner_id=owner_id)


async def wanted_journals(
    order_id: UUID | None = None,
    account_id: UUID | None = None,
    kind: Text = None,
    key: Text = None,
) -> ledger.JournalFilter:
    return ledger.JournalFilter(order_id=order_id, account_id=account_id, kind=kind, key=key)


AccountFilterDep = Annotated[ledger.AccountFilter, Depends(wanted_accounts)]
JournalFilterDep = Annotated[ledger.JournalFilter, Depends(wanted_journals)]


@router.get("/accounts")
async def list_accounts(
    actor: Reader, page: PageDep, session: ReaderDep, wanted: AccountFilterDep
) -> Page[AccountOut]:
    """Accounts with their balances, in the order of their ids."""
    rows = await ledger.list_accounts(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, AccountOut)


@router.get("/journals")
async def list_journals(
    actor: Reader, page: PageDep, session: ReaderDep, wanted: JournalFilterDep
) -> Page[JournalOut]:
    """Journals with their entries, newest first."""
    rows = await ledger.list_journals(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, JournalOut)


@router.get("/trial-balance")
async def read_trial_balance(actor: Reader, session: ReaderDep) -> TrialBalanceOut:
    """The whole ledger by kind and currency; debit and credit sides are equal."""
    lines = await ledger.trial_balance(session)
    return TrialBalanceOut(lines=[TrialLineOut.model_validate(line) for line in lines])
