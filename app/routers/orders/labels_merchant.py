"""Parcels that wait for their label, and labels, as merchants' own systems see to them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, WrongAudience
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_merchant
from app.routers.orders.labels import DOCUMENT, rates_out
from app.routers.orders.parcels import LEAVING, PACKING
from app.routers.problems import problems
from app.schemas.orders.carriers import LabelOut, LabelsOut, RatesIn, RatesOut
from app.schemas.orders.shipping import PackIn, ShipmentOut
from app.services import inventory, orders

router = Router(tags=["shipping"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_WRITE])]


@router.post("/fulfilments/{fulfilment_id}/rates", responses=problems(NotFound))
async def compare_rates(
    fulfilment_id: UUID, body: RatesIn, actor: Reader, resources: ResourcesDep
) -> RatesOut:
    """What carriers would charge for a parcel of one of your own fulfilments, cheapest first."""
    _merchant(actor)
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
    "/fulfilments/{fulfilment_id}/parcels",
    status_code=HTTPStatus.CREATED,
    response_model=ShipmentOut,
    responses=problems(NotFound, *PACKING),
)
async def pack(
    fulfilment_id: UUID, body: PackIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Pack a parcel that leaves later. Without `lines` it holds all that is open."""
    _merchant(actor)

    async def work() -> tuple[int, ShipmentOut]:
        made = await orders.shipping.pack_parcel(session, body.command(fulfilment_id), actor=actor)
        return HTTPStatus.CREATED, ShipmentOut.model_validate(made)

    return await once(session, actor, work)


@router.post(
    "/shipments/{shipment_id}/hand-over",
    responses=problems(
        NotFound,
        *LEAVING,
        inventory.NothingToShip,
        orders.shipping.IllegalShipmentTransition,
    ),
)
async def hand_over(
    shipment_id: UUID, actor: Writer, session: SessionDep, resources: ResourcesDep
) -> ShipmentOut:
    """Give one of your packed parcels to its carrier. Again changes nothing."""
    _merchant(actor)
    row = await orders.shipping.hand_over(
        session, shipment_id, actor=actor, limits=resources.settings.shipping
    )
    return ShipmentOut.model_validate(row)


@router.post(
    "/shipments/{shipment_id}/void",
    responses=problems(NotFound, orders.shipping.IllegalShipmentTransition),
)
async def void(shipment_id: UUID, actor: Writer, session: SessionDep) -> ShipmentOut:
    """Unpack one of your parcels before it leaves; its label is taken back."""
    _merchant(actor)
    row = await orders.shipping.void_parcel(session, shipment_id, actor=actor)
    return ShipmentOut.model_validate(row)


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
    """Have the label of one of your packed parcels made: it gets its number and its cost.

    One that is made is answered as it is. After 503 ask again: no second one is made.
    """
    _merchant(actor)
    row = await orders.carriers.fetch_label(
        resources.sessions,
        resources.carriers,
        shipment_id,
        actor=actor,
        settings=resources.settings.carriers,
    )
    return LabelOut.model_validate(row)


@router.get("/shipments/{shipment_id}/labels", responses=problems(NotFound))
async def list_labels(shipment_id: UUID, actor: Reader, session: ReaderDep) -> LabelsOut:
    """Labels one of your parcels had, newest first."""
    _merchant(actor)
    rows = await orders.carriers.labels_of(session, shipment_id, actor=actor)
    return LabelsOut(items=[LabelOut.model_validate(each) for each in rows])


@router.get(
    "/shipments/{shipment_id}/label-document",
    response_class=Response,
    responses=DOCUMENT | problems(NotFound),
)
async def get_label_document(shipment_id: UUID, actor: Reader, session: ReaderDep) -> Response:
    """What is printed and stuck on, in the form its carrier gave it."""
    _merchant(actor)
    content, media_type = await orders.carriers.label_document(session, shipment_id, actor=actor)
    return Response(content, media_type=media_type)


def _merchant(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise WrongAudience("The caller is no merchant")
    return actor.merchant_id
