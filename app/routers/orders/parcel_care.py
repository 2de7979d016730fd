"""Parcels people have to see to: late, lost, refused, turned back, fetched."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor
from app.core.enums.carriers import ParcelTrouble
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.identity import get_staff
from app.routers.orders.parcels import PICK_UP
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.parcel_care import (
    InterceptIn,
    InterceptOut,
    ParcelExceptionOut,
    PickUpIn,
    ResolveIn,
)
from app.schemas.orders.shipping import ShipmentOut
from app.services import orders

router = Router(tags=["shipping"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]


@router.get("/parcel-exceptions")
async def list_troubles(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    kind: ParcelTrouble | None = None,
    is_open: bool | None = None,
    merchant_id: UUID | None = None,
    order_id: UUID | None = None,
) -> Page[ParcelExceptionOut]:
    """Parcels nothing is heard of, that are lost, refused or on their way back, newest first."""
    rows = await orders.carriers.list_troubles(
        session,
        kind=kind,
        is_open=is_open,
        merchant_id=merchant_id,
        order_id=order_id,
        after=page.after,
        limit=page.limit,
    )
    return page_of(rows, page.limit, ParcelExceptionOut)


@router.post("/parcel-exceptions/{exception_id}/resolve", responses=problems(NotFound))
async def resolve_trouble(
    exception_id: UUID, body: ResolveIn, actor: Writer, session: SessionDep
) -> ParcelExceptionOut:
    """Say what was done about it. Again changes nothing."""
    row = await orders.carriers.resolve_trouble(session, exception_id, body.note, actor=actor)
    return ParcelExceptionOut.model_validate(row)


@router.post(
    "/shipments/{shipment_id}/intercept",
    responses=problems(
        NotFound,
        orders.shipping.IllegalShipmentTransition,
        orders.shipping.TravelsWithAnother,
        orders.carriers.CarrierCannot,
        orders.carriers.CarrierRefused,
        orders.carriers.CarrierUnreachable,
    ),
)
async def intercept(
    shipment_id: UUID, body: InterceptIn, actor: Writer, resources: ResourcesDep
) -> InterceptOut:
    """Have the carrier turn a parcel back that is on its way. After 503 ask again.

    The parcel stays where it is until its tracking says that it returns; then take it in.
    """
    row = await orders.carriers.intercept(
        resources.sessions,
        resources.carriers,
        shipment_id,
        body.reason,
        actor=actor,
        settings=resources.settings.carriers,
    )
    return InterceptOut.model_validate(row)


@router.post("/shipments/{shipment_id}/pick-up", responses=problems(*PICK_UP))
async def pick_up(
    shipment_id: UUID, body: PickUpIn, actor: Writer, resources: ResourcesDep
) -> ShipmentOut:
    """Hand a parcel to whoever says its code: it is delivered. Again changes nothing."""
    row = await orders.carriers.verify_code(
        resources.sessions,
        shipment_id,
        body.code,
        point_id=body.pickup_point_id,
        actor=actor,
        pepper=resources.settings.secrets.pepper,
        limits=resources.settings.shipping,
    )
    return ShipmentOut.model_validate(row)
