"""Check-in plans, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

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
from app.schemas.check_ins import CheckInPlanIn, CheckInPlanOut, CheckInPlanPut
from app.services import crm

router = Router(prefix="/check-in-plans", tags=["growth"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PROMOTIONS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PROMOTIONS_WRITE])]


@router.get("")
async def list_check_in_plans(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[CheckInPlanOut]:
    """What each channel gives for check-ins, newest plan first."""
    rows = await crm.list_check_in_plans(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, CheckInPlanOut)


@router.post(
    "", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists, InvalidReference)
)
async def create_check_in_plan(
    body: CheckInPlanIn, actor: Writer, session: SessionDep, response: Response
) -> CheckInPlanOut:
    """Give points for check-ins in a channel. A channel has one plan."""
    row = await crm.create_check_in_plan(session, body.channel_id, body.terms(), actor=actor)
    put_etag(response, row.version)
    return CheckInPlanOut.model_validate(row)


@router.get("/{plan_id}", responses=problems(NotFound))
async def get_check_in_plan(
    plan_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> CheckInPlanOut:
    """One plan."""
    row = await crm.get_check_in_plan(session, plan_id)
    put_etag(response, row.version)
    return CheckInPlanOut.model_validate(row)


@router.put(
    "/{plan_id}",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, InvalidReference),
)
async def edit_check_in_plan(
    plan_id: UUID,
    body: CheckInPlanPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> CheckInPlanOut:
    """Replace what a plan gives; points that were given stay."""
    row = await crm.edit_check_in_plan(session, plan_id, body.terms(), version=version, actor=actor)
    put_etag(response, row.version)
    return CheckInPlanOut.model_validate(row)
