"""Carriers, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.carriers import CarrierIn, CarrierOut, CarrierPut
from app.services import orders

router = Router(tags=["shipping"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]


@router.get("/carriers")
async def list_carriers(
    actor: Reader, page: PageDep, session: ReaderDep, is_active: bool | None = None
) -> Page[CarrierOut]:
    """Carriers, newest first."""
    rows = await orders.carriers.list_carriers(
        session, is_active=is_active, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, CarrierOut)


@router.post(
    "/carriers",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference),
)
async def create_carrier(
    body: CarrierIn,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> CarrierOut:
    """A carrier parcels may name from now on: everybody's, or one merchant's only."""
    row = await orders.carriers.create_carrier(
        session,
        body.code,
        body.terms(),
        merchant_id=body.merchant_id,
        known=resources.carriers,
        actor=actor,
    )
    put_etag(response, row.version)
    return CarrierOut.model_validate(row)


@router.get("/carriers/{carrier_id}", responses=problems(NotFound))
async def get_carrier(
    carrier_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> CarrierOut:
    """One carrier."""
    row = await orders.carriers.get_carrier(session, carrier_id)
    put_etag(response, row.version)
    return CarrierOut.model_validate(row)


@router.put(
    "/carriers/{carrier_id}",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, InvalidReference),
)
async def edit_carrier(
    carrier_id: UUID,
    body: CarrierPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> CarrierOut:
    """Replace what is said of a carrier. One that is closed takes no new parcels."""
    row = await orders.carriers.edit_carrier(
        session,
        carrier_id,
        body.terms(),
        version=version,
        known=resources.carriers,
        actor=actor,
    )
    put_etag(response, row.version)
    return CarrierOut.model_validate(row)
