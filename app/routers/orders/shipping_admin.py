"""Shipping, as warehouses do it: fulfilments become parcels, parcels leave and arrive."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, Security

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentStatus
from app.core.enums.scopes import Scope
from app.core.enums.shipping import TrackingSource
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.parcels import CARRYING, LEAVING, PACKING, ShipmentFilterDep
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.shipping import (
    FulfilmentTaskOut,
    PackIn,
    ShipmentCardOut,
    ShipmentOut,
    SightingIn,
    TakeInIn,
    WaybillIn,
)
from app.services import inventory, orders

router = Router(tags=["shipping"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]


async def wanted_fulfilments(
    status: FulfilmentStatus | None = None,
    warehouse_id: UUID | None = None,
    merchant_id: UUID | None = None,
    order_id: UUID | None = None,
) -> orders.shipping.FulfilmentFilter:
    return orders.shipping.FulfilmentFilter(
        status=status, warehouse_id=warehouse_id, merchant_id=merchant_id, order_id=order_id
    )


FulfilmentFilterDep = Annotated[orders.shipping.FulfilmentFilter, Depends(wanted_fulfilments)]


@router.get("/fulfilments")
async def list_fulfilments(
    actor: Reader, page: PageDep, session: ReaderDep, wanted: FulfilmentFilterDep
) -> Page[FulfilmentTaskOut]:
    """What is to be shipped of orders that are paid, or paid at the door.

    The most urgent first, of those the oldest. Without `status` and `order_id` only what something
    of is still waiting.
    """
    rows = await orders.shipping.list_fulfilments(
        session, wanted, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, FulfilmentTaskOut)


@router.put(
    "/fulfilments/{fulfilment_id}/picking",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound, *LEAVING),
)
async def start_picking(fulfilment_id: UUID, actor: Writer, session: SessionDep) -> None:
    """Take it up: from now on its buyer changes and cancels nothing."""
    await orders.shipping.start_picking(session, fulfilment_id, actor=actor)


@router.delete(
    "/fulfilments/{fulfilment_id}/picking",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound, orders.IllegalTransition),
)
async def stop_picking(fulfilment_id: UUID, actor: Writer, session: SessionDep) -> None:
    """Put it back on the shelf; parcels are voided first."""
    await orders.shipping.stop_picking(session, fulfilment_id, actor=actor)


@router.post(
    "/fulfilments/{fulfilment_id}/parcels",
    status_code=HTTPStatus.CREATED,
    response_model=ShipmentOut,
    responses=problems(NotFound, *PACKING),
)
async def pack_parcel(
    fulfilment_id: UUID, body: PackIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Pack a parcel that leaves later. What is in it cannot be packed again."""

    async def work() -> tuple[int, ShipmentOut]:
        made = await orders.shipping.pack_parcel(session, body.command(fulfilment_id), actor=actor)
        return HTTPStatus.CREATED, ShipmentOut.model_validate(made)

    return await once(session, actor, work)


@router.post(
    "/fulfilments/{fulfilment_id}/ship",
    status_code=HTTPStatus.CREATED,
    response_model=ShipmentOut,
    responses=problems(
        NotFound, *PACKING, inventory.NothingToShip, inventory.BatchShort, inventory.SerialsMissing
    ),
)
async def ship(
    fulfilment_id: UUID,
    body: PackIn,
    actor: Writer,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Pack a parcel and hand it to its carrier at once. What was paid for it becomes revenue."""

    async def work() -> tuple[int, ShipmentOut]:
        made = await orders.shipping.ship(
            session,
            body.command(fulfilment_id),
            actor=actor,
            limits=resources.settings.shipping,
        )
        return HTTPStatus.CREATED, ShipmentOut.model_validate(made)

    return await once(session, actor, work)


@router.get("/shipments")
async def list_shipments(
    actor: Reader, page: PageDep, session: ReaderDep, wanted: ShipmentFilterDep
) -> Page[ShipmentCardOut]:
    """Parcels, newest first."""
    rows = await orders.shipping.list_shipments(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, ShipmentCardOut)


@router.get("/shipments/{shipment_id}", responses=problems(NotFound))
async def get_shipment(
    shipment_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> ShipmentOut:
    """A parcel with what is in it and where it was seen."""
    return _answer(response, await orders.shipping.get_shipment(session, shipment_id, actor=actor))


@router.put(
    "/shipments/{shipment_id}",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        orders.shipping.IllegalShipmentTransition,
        *CARRYING,
        orders.shipping.HasLabel,
    ),
)
async def edit_shipment(
    shipment_id: UUID,
    body: WaybillIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> ShipmentOut:
    """Say anew who carries it, under which number, what it weighs and costs."""
    row = await orders.shipping.edit_parcel(
        session, shipment_id, body.waybill(), version=version, actor=actor
    )
    return _answer(response, row)


@router.post(
    "/shipments/{shipment_id}/hand-over",
    responses=problems(
        NotFound,
        *LEAVING,
        orders.shipping.IllegalShipmentTransition,
        inventory.NothingToShip,
        inventory.BatchShort,
        inventory.SerialsMissing,
    ),
)
async def hand_over(
    shipment_id: UUID,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> ShipmentOut:
    """It leaves: its goods are off the stock. One that has left is answered as it is."""
    row = await orders.shipping.hand_over(
        session, shipment_id, actor=actor, limits=resources.settings.shipping
    )
    return _answer(response, row)


@router.post(
    "/shipments/{shipment_id}/void",
    responses=problems(NotFound, orders.shipping.IllegalShipmentTransition),
)
async def void_shipment(
    shipment_id: UUID, actor: Writer, session: SessionDep, response: Response
) -> ShipmentOut:
    """Unpack a parcel that has not left."""
    return _answer(response, await orders.shipping.void_parcel(session, shipment_id, actor=actor))


@router.post(
    "/shipments/{shipment_id}/tracking",
    response_model=ShipmentOut,
    responses=problems(
        NotFound, orders.shipping.IllegalShipmentTransition, orders.shipping.TrackingAhead
    ),
)
async def record_tracking(
    shipment_id: UUID,
    body: SightingIn,
    actor: Writer,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Say where a parcel is, where its carrier does not: delivered, refused, lost, turning back."""

    async def work() -> tuple[int, ShipmentOut]:
        row = await orders.shipping.record_tracking(
            session,
            shipment_id,
            body.sighting(),
            actor=actor,
            source=TrackingSource.STAFF,
            limits=resources.settings.shipping,
        )
        return HTTPStatus.OK, ShipmentOut.model_validate(row)

    return await once(session, actor, work)


@router.post(
    "/shipments/{shipment_id}/take-in",
    responses=problems(NotFound, orders.shipping.IllegalShipmentTransition),
)
async def take_in(
    shipment_id: UUID, body: TakeInIn, actor: Writer, session: SessionDep, response: Response
) -> ShipmentOut:
    """A parcel came back undelivered. Again changes nothing."""
    row = await orders.shipping.take_in(
        session, shipment_id, is_resellable=body.is_resellable, actor=actor
    )
    return _answer(response, row)


def _answer(response: Response, row: object) -> ShipmentOut:
    shipment = ShipmentOut.model_validate(row)
    put_etag(response, shipment.version)
    return shipment
