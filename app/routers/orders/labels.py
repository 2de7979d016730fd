"""Rates and labels of carriers' systems, and asking them where parcels are."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.orders.carriers import LabelOut, LabelsOut, RateOut, RatesIn, RatesOut
from app.schemas.orders.shipping import ShipmentOut
from app.services import orders, system

router = Router(tags=["shipping"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]

DOCUMENT: dict[int | str, dict[str, Any]] = {
    HTTPStatus.OK.value: {
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The label.",
    }
}


@router.post("/fulfilments/{fulfilment_id}/rates", responses=problems(NotFound))
async def compare_rates(
    fulfilment_id: UUID, body: RatesIn, actor: Reader, resources: ResourcesDep
) -> RatesOut:
    """What carriers would charge for a parcel of that weight, cheapest first."""
    found = await orders.carriers.compare_rates(
        resources.sessions,
        resources.carriers,
        fulfilment_id,
        body.weight_grams,
        actor=actor,
        settings=resources.settings.carriers,
    )
    return rates_out(found)


@router.post(
    "/shipments/{shipment_id}/label",
    responses=problems(
        NotFound,
        orders.shipping.IllegalShipmentTransition,
        orders.carriers.CarrierCannot,
        orders.carriers.CarrierRefused,
        orders.carriers.CarrierUnreachable,
    ),
)
async def fetch_label(shipment_id: UUID, actor: Writer, resources: ResourcesDep) -> LabelOut:
    """Have a packed parcel's carrier make its label: the parcel gets its number and its cost.

    One that is made is answered as it is. After 503 ask again: no second one is made. Unpacking
    the parcel takes the label back.
    """
    row = await orders.carriers.fetch_label(
        resources.sessions,
        resources.carriers,
        shipment_id,
        actor=actor,
        settings=resources.settings.carriers,
    )
    return LabelOut.model_validate(row)


@router.post(
    "/shipments/{shipment_id}/track",
    responses=problems(
        NotFound,
        system.TooManyRequests,
        orders.carriers.CarrierCannot,
        orders.carriers.CarrierRefused,
        orders.carriers.CarrierUnreachable,
    ),
)
async def ask_where(shipment_id: UUID, actor: Writer, resources: ResourcesDep) -> ShipmentOut:
    """Ask now where a parcel is, rather than wait until its carrier tells."""
    row = await orders.carriers.ask_where(
        resources.sessions,
        resources.carriers,
        shipment_id,
        actor=actor,
        settings=resources.settings.carriers,
        limits=resources.settings.shipping,
    )
    return ShipmentOut.model_validate(row)


@router.get("/shipments/{shipment_id}/labels", responses=problems(NotFound))
async def list_labels(shipment_id: UUID, actor: Reader, session: ReaderDep) -> LabelsOut:
    """Labels a parcel had, newest first."""
    rows = await orders.carriers.labels_of(session, shipment_id, actor=actor)
    return LabelsOut(items=[LabelOut.model_validate(each) for each in rows])


@router.get(
    "/shipments/{shipment_id}/label-document",
    response_class=Response,
    responses=DOCUMENT | problems(NotFound),
)
async def get_label_document(shipment_id: UUID, actor: Reader, session: ReaderDep) -> Response:
    """What is printed and stuck on, in the form its carrier gave it."""
    content, media_type = await orders.carriers.label_document(session, shipment_id, actor=actor)
    return Response(content, media_type=media_type)


def rates_out(found: orders.carriers.Rates) -> RatesOut:
    """Rates as staff and merchants see them."""
    items = [
        RateOut(
            carrier_code=each.carrier_code,
            service=each.rate.service,
            cost_minor=each.rate.cost_minor,
            currency=each.rate.currency,
            estimated_at=each.rate.estimated_at,
        )
        for each in found.offers
    ]
    return RatesOut(items=items, silent=list(found.silent))
