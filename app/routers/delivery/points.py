"""Points goods are fetched from, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.contacts import InvalidContact
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.regions import UnknownRegion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.delivery.appointments import PickupPointIn, PickupPointOut, PickupPointPut
from app.services import delivery

router = Router(prefix="/pickup-points", tags=["delivery"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]


@router.get("")
async def list_pickup_points(
    actor: Reader, page: PageDep, session: ReaderDep, merchant_id: UUID | None = None
) -> Page[PickupPointOut]:
    """Points goods are fetched from, oldest first, of all merchants or of one."""
    rows = await delivery.points.page(
        session, merchant_id=merchant_id, after=page.after, limit=page.limit + 1
    )
    items = [PickupPointOut.model_validate(row) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference, UnknownRegion, InvalidContact),
)
async def create_pickup_point(
    body: PickupPointIn, actor: Writer, session: SessionDep, response: Response
) -> PickupPointOut:
    """Open a point."""
    row = await delivery.points.create(session, body.values(), actor=actor)
    put_etag(response, row.version)
    return PickupPointOut.model_validate(row)


@router.get("/{pickup_point_id}", responses=problems(NotFound))
async def get_pickup_point(
    pickup_point_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> PickupPointOut:
    """One of them."""
    row = await delivery.points.get(session, pickup_point_id)
    put_etag(response, row.version)
    return PickupPointOut.model_validate(row)


@router.put(
    "/{pickup_point_id}",
    responses=problems(
        NotFound,
        AlreadyExists,
        InvalidReference,
        StaleVersion,
        PreconditionRequired,
        UnknownRegion,
        InvalidContact,
    ),
)
async def edit_pickup_point(
    pickup_point_id: UUID,
    body: PickupPointPut,
    actor: Writer,
    version: VersionDep,
    session: SessionDep,
    response: Response,
) -> PickupPointOut:
    """Replace what is said of a point; orders keep a copy of theirs."""
    row = await delivery.points.edit(
        session, pickup_point_id, body.values(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return PickupPointOut.model_validate(row)
