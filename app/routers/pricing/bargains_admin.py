"""Bargain activities, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.bargains import (
    BargainActivityIn,
    BargainActivityOut,
    BargainActivityPut,
    StartedBargainOut,
)
from app.schemas.base import Page
from app.services import pricing

router = Router(prefix="/bargain-activities", tags=["pricing"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_WRITE])]


@router.get("")
async def list_bargain_activities(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[BargainActivityOut]:
    """Every activity, newest first."""
    rows = await pricing.list_bargain_activities(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, BargainActivityOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(InvalidReference, pricing.InvalidPriceList),
)
async def create_bargain_activity(
    body: BargainActivityIn, actor: Writer, session: SessionDep, response: Response
) -> BargainActivityOut:
    """Let members bargain for a SKU: others cut the price down to the floor.

    It is shown to shoppers while its floor is no more than the list price.
    """
    row = await pricing.create_bargain_activity(
        session, body.terms(), sku_id=body.sku_id, channel_id=body.channel_id, actor=actor
    )
    put_etag(response, row.version)
    return BargainActivityOut.model_validate(row)


@router.get("/{activity_id}", responses=problems(NotFound))
async def get_bargain_activity(
    activity_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> BargainActivityOut:
    """One activity and how much of it is taken."""
    row = await pricing.get_bargain_activity(session, activity_id)
    put_etag(response, row.version)
    return BargainActivityOut.model_validate(row)


@router.put(
    "/{activity_id}",
    responses=problems(
        NotFound, StaleVersion, PreconditionRequired, pricing.InvalidPriceList, pricing.BelowSold
    ),
)
async def edit_bargain_activity(
    activity_id: UUID,
    body: BargainActivityPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> BargainActivityOut:
    """Replace the terms of an activity; bargains that were started keep their amounts."""
    row = await pricing.edit_bargain_activity(
        session, activity_id, body.terms(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return BargainActivityOut.model_validate(row)


@router.get("/{activity_id}/started", responses=problems(NotFound))
async def list_started_bargains(
    activity_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[StartedBargainOut]:
    """What members started of an activity, newest first."""
    rows = await pricing.list_started_bargains(
        session, activity_id, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, StartedBargainOut)
