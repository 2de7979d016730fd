"""Accounting periods, as finance closes and reopens them."""

from typing import Annotated

from fastapi import Path, Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.finance.periods import (
    PeriodBalanceOut,
    PeriodBalancesOut,
    PeriodOut,
    ReopenPeriodIn,
)
from app.services import finance

router = Router(prefix="/finance/periods", tags=["finance"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_READ])]
Closer = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_CLOSE])]
Name = Annotated[str, Path(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-10"])]


@router.get("")
async def list_periods(actor: Reader, page: PageDep, session: ReaderDep) -> Page[PeriodOut]:
    """Months of the books, the last first."""
    found = await finance.list_periods(session, after=page.after, limit=page.limit)
    return page_of(found, page.limit, PeriodOut)


@router.get("/{name}", responses=problems(NotFound))
async def get_period(
    name: Name, actor: Reader, session: ReaderDep, response: Response
) -> PeriodOut:
    """One month of the books."""
    found = await finance.read_period(session, name)
    put_etag(response, found.version)
    return PeriodOut.model_validate(found)


@router.get("/{name}/balances", responses=problems(NotFound))
async def read_period_balances(name: Name, actor: Reader, session: ReaderDep) -> PeriodBalancesOut:
    """What a closed month was closed with; empty while it is open."""
    rows = await finance.period_balances(session, name)
    return PeriodBalancesOut(lines=[PeriodBalanceOut.model_validate(dict(row)) for row in rows])


@router.post(
    "/{name}/close",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        finance.PeriodNotOpen,
        finance.PeriodNotOver,
        finance.EarlierPeriodOpen,
    ),
)
async def close_period(
    name: Name, version: VersionDep, actor: Closer, resources: ResourcesDep, response: Response
) -> PeriodOut:
    """Let a month that is over take no more journals, and keep the balances it ends with.

    Months are closed in order. `closing` means that somebody is still posting: ask again soon.
    """
    found = await finance.close_period(resources.sessions, name, version=version, actor=actor)
    put_etag(response, found.version)
    return PeriodOut.model_validate(found)


@router.post(
    "/{name}/reopen",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        finance.PeriodNotOpen,
        finance.LaterPeriodClosed,
    ),
)
async def reopen_period(
    name: Name,
    body: ReopenPeriodIn,
    version: VersionDep,
    actor: Closer,
    session: SessionDep,
    response: Response,
) -> PeriodOut:
    """Let a closed month take journals again. The last one that was closed comes first."""
    found = await finance.reopen_period(
        session, name, version=version, reason=body.reason, actor=actor
    )
    put_etag(response, found.version)
    return PeriodOut.model_validate(found)
