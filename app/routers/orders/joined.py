"""Parcels of several orders that travel as one, as warehouses make them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.etags import put_etag
from app.routers.identity import get_staff
from app.routers.orders.parcels import PACKING
from app.routers.problems import problems
from app.schemas.base import WholeNumber
from app.schemas.orders.shipping import JoinIn, ShipmentOut, SuggestionOut, SuggestionsOut
from app.services import orders

router = Router(tags=["shipping"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]
Hours = Annotated[WholeNumber, Query(ge=1, le=720, description="Placed in the last hours.")]
Count = Annotated[WholeNumber, Query(ge=1, le=100, description="How many suggestions.")]


@router.get("/parcel-suggestions")
async def suggest_parcels(
    warehouse_id: UUID, actor: Reader, session: ReaderDep, hours: Hours = 24, limit: Count = 50
) -> SuggestionsOut:
    """What of different orders could travel in one parcel, who waits longest first.

    Of one shopper, merchant and warehouse to one receiver; paid, held by nothing, in no parcel yet.
    """
    rows = await orders.shipping.suggest(session, warehouse_id, hours=hours, limit=limit)
    return SuggestionsOut(items=[SuggestionOut.model_validate(row) for row in rows])


@router.post(
    "/shipments/{shipment_id}/join",
    responses=problems(
        *PACKING,
        NotFound,
        orders.shipping.IllegalShipmentTransition,
        orders.shipping.NotOneWay,
        orders.shipping.TravelsWithAnother,
    ),
)
async def join_parcels(
    shipment_id: UUID, body: JoinIn, actor: Writer, session: SessionDep, response: Response
) -> ShipmentOut:
    """Pack what is open of other orders into a parcel that has not left.

    Each becomes a parcel of its own order without a number: it leaves, is followed and arrives with
    this one. What was charged for freight stays as it is.
    """
    row = await orders.shipping.join(session, shipment_id, body.fulfilment_ids, actor=actor)
    put_etag(response, row["version"])
    return ShipmentOut.model_validate(row)


@router.post(
    "/shipments/{shipment_id}/take-apart",
    responses=problems(NotFound, orders.shipping.IllegalShipmentTransition),
)
async def take_parcels_apart(
    shipment_id: UUID, actor: Writer, session: SessionDep, response: Response
) -> ShipmentOut:
    """Let a parcel that has not left travel alone; of the one with the number, let all go."""
    row = await orders.shipping.take_apart(session, shipment_id, actor=actor)
    put_etag(response, row["version"])
    return ShipmentOut.model_validate(row)
