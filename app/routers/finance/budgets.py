"""Budgets of cost centres: planned, spent and left."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response, Security
from pydantic import AwareDatetime

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.finance.budgets import BudgetIn, BudgetOut, BudgetPatch
from app.services import finance

router = Router(prefix="/finance/budgets", tags=["finance"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_WRITE])]


@router.get("")
async def list_budgets(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    centre: Annotated[str | None, Query(max_length=64)] = None,
    at: Annotated[AwareDatetime | None, Query(description="Those that run then.")] = None,
) -> Page[BudgetOut]:
    """Budgets with what was planned, spent and is left, those made last first."""
    rows = await finance.budgets.list_budgets(
        session, centre=centre, at=at, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, BudgetOut)


@router.post(
    "", status_code=HTTPStatus.CREATED, responses=problems(InvalidReference, AlreadyExists)
)
async def make_budget(
    body: BudgetIn, actor: Writer, session: SessionDep, response: Response
) -> BudgetOut:
    """Plan what a centre spends in a window. What was booked in it already counts.

    A budget refuses nothing: `finance.budget_passed.v1` tells once when it warns and once when it
    is exceeded.
    """
    return _answer(
        response, await finance.budgets.make_budget(session, body.command(), actor=actor)
    )


@router.get("/{budget_id}", responses=problems(NotFound))
async def get_budget(
    budget_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> BudgetOut:
    """One budget."""
    return _answer(response, await finance.budgets.read_budget(session, budget_id))


@router.patch("/{budget_id}", responses=problems(NotFound, StaleVersion, PreconditionRequired))
async def change_budget(
    budget_id: UUID,
    body: BudgetPatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> BudgetOut:
    """Plan more or less, or warn earlier or later. Levels it has reached are told anew."""
    row = await finance.budgets.change_budget(
        session,
        budget_id,
        version=version,
        amount_minor=body.amount_minor,
        warn_bps=body.warn_bps,
        actor=actor,
    )
    return _answer(response, row)


def _answer(response: Response, row: Mapping[Any, Any]) -> BudgetOut:
    put_etag(response, row["version"])
    return BudgetOut.model_validate(dict(row))
