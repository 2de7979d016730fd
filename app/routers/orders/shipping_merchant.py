"""Shipping, as merchants' own systems do it: their own part of what is paid."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, Security

from app.core.actor import Actor, WrongAudience
from app.core.enums.orders import FulfilmentStatus
from app.core.enums.scopes import Scope
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_merchant
from app.routers.orders.parcels import PACKING, PICK_UP
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.marks import PackingSlipOut
from app.schemas.orders.parcel_care import PickUpIn
from app.schemas.orders.shipping import (
    FulfilmentTaskOut,
    PackIn,
    ShipmentCardOut,
    ShipmentOut,
    SightingIn,
)
from app.services import inventory, orders

router = Router(tags=["shipping"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_WRITE])]


async def own_fulfilments(
    status: FulfilmentStatus | None = None,
    warehouse_id: UUID | None = None,
    order_id: UUID | None = None,
) -> orders.shipping.FulfilmentFilter:
    return orders.shipping.FulfilmentFilter(
        status=status, warehouse_id=warehouse_id, order_id=order_id
    )


async def own_shipments(
    state: ShipmentState | None = None,
    order_id: UUID | None = None,
    tracking_number: Annotated[str | None, Query(max_length=64)] = None,
) -> orders.shipping.ShipmentFilter:
    return orders.shipping.ShipmentFilter(
        state=state, order_id=order_id, tracking_number=tracking_number
    )


FulfilmentFilterDep = Annotated[orders.shipping.FulfilmentFilter, Depends(own_fulfilments)]
ShipmentFilterDep = Annotated[orders.shipping.ShipmentFilter, Depends(own_shipments)]


@router.get("/fulfilments")
async def list_fulfilments(
    actor: Reader, page: PageDep, session: ReaderDep, asked: FulfilmentFilterDep
) -> Page[FulfilmentTaskOut]:
    """Your own part of orders that are paid, or paid at the door.

    The most urgent first, of those the oldest. Without `status` and `order_id` only what something
    of is still to be shipped.
    """
    wanted = replace(asked, merchant_id=_merchant(actor))
    rows = await orders.shipping.list_fulfilments(
        session, wanted, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, FulfilmentTaskOut)


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
    """Say that a parcel of it has left. Without `lines` it holds all that was open."""
    _merchant(actor)

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
    actor: Reader, page: PageDep, session: ReaderDep, asked: ShipmentFilterDep
) -> Page[ShipmentCardOut]:
    """Your own parcels, newest first."""
    wanted = replace(asked, merchant_id=_merchant(actor))
    rows = await orders.shipping.list_shipments(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, ShipmentCardOut)


@router.get("/shipments/{shipment_id}", responses=problems(NotFound))
async def get_shipment(shipment_id: UUID, actor: Reader, session: ReaderDep) -> ShipmentOut:
    """One of your own parcels."""
    _merchant(actor)
    found = await orders.shipping.get_shipment(session, shipment_id, actor=actor)
    return ShipmentOut.model_validate(found)


@router.get("/shipments/{shipment_id}/packing-slip", responses=problems(NotFound))
async def get_packing_slip(shipment_id: UUID, actor: Reader, session: ReaderDep) -> PackingSlipOut:
    """What to print and put into one of your own parcels. Without prices where they are hidden."""
    _merchant(actor)
    found = await orders.packing_slip(session, shipment_id, actor=actor)
    return PackingSlipOut.model_validate(found)


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
    """Say where one of your own parcels is."""
    _merchant(actor)

    async def work() -> tuple[int, ShipmentOut]:
        row = await orders.shipping.record_tracking(
            session,
            shipment_id,
            body.sighting(),
            actor=actor,
            source=TrackingSource.MERCHANT,
            limits=resources.settings.shipping,
        )
        return HTTPStatus.OK, ShipmentOut.model_validate(row)

    return await once(session, actor, work)


@router.post("/shipments/{shipment_id}/pick-up", responses=problems(*PICK_UP))
async def pick_up(
    shipment_id: UUID, body: PickUpIn, actor: Writer, resources: ResourcesDep
) -> ShipmentOut:
    """Hand a parcel to whoever says its code: it is delivered. Again changes nothing."""
    _merchant(actor)
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


def _merchant(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise WrongAudience("The caller is no merchant")
    return actor.merchant_id
