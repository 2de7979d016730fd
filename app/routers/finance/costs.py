"""What coupons, points and gifts cost, by whose budget bears it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query, Security
from pydantic import AwareDatetime

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.finance.costs import (
    CostAssignmentIn,
    CostCentreIn,
    CostCentreOut,
    CostCentresOut,
    CostOut,
    CostsOut,
)
from app.services import finance

router = Router(prefix="/finance", tags=["finance"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_WRITE])]
CentreCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]


@router.get("/costs")
async def read_costs(
    actor: Reader,
    session: ReaderDep,
    since: Annotated[AwareDatetime, Query(description="The first instant.")],
    until: Annotated[AwareDatetime, Query(description="The first instant without.")],
) -> CostsOut:
    """What promotions, points and goodwill cost the merchant, by centre and subject."""
    rows = await finance.read_costs(session, since=since, until=until)
    return CostsOut(lines=[CostOut.model_validate(dict(row)) for row in rows])


@router.get("/cost-centres")
async def list_cost_centres(actor: Reader, session: ReaderDep) -> CostCentresOut:
    """Cost centres by code; `unassigned` bears what no other was said to."""
    rows = await finance.list_centres(session)
    return CostCentresOut(items=[CostCentreOut.model_validate(dict(row)) for row in rows])


@router.put("/cost-centres/{code}")
async def put_cost_centre(
    code: CentreCode, body: CostCentreIn, actor: Writer, session: SessionDep
) -> CostCentreOut:
    """Make a cost centre, or rename it and say who owns its budget."""
    await finance.put_centre(
        session, code, name=body.name, budget_owner=body.budget_owner, actor=actor
    )
    return CostCentreOut(code=code, name=body.name, budget_owner=body.budget_owner)


@router.put(
    "/cost-assignments",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(InvalidReference),
)
async def assign_cost(body: CostAssignmentIn, actor: Writer, session: SessionDep) -> None:
    """Have a centre bear a cost from now on. What is booked stays where it is."""
    await finance.assign_cost(session, body.kind, body.subject, body.centre, actor=actor)
