"""Fulfilments split, put together, and routed to another warehouse."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.orders.routing import ReportShortIn, RerouteIn, RoutePlanOut
from app.schemas.orders.shipping import NewFulfilmentOut, PutTogetherIn, SplitOffIn
from app.services import inventory, orders

router = Router(prefix="/fulfilments", tags=["shipping"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]


@router.post(
    "/{fulfilment_id}/split",
    status_code=HTTPStatus.CREATED,
    response_model=NewFulfilmentOut,
    responses=problems(
        NotFound,
        InvalidReference,
        orders.shipping.PiecesNotOpen,
        orders.shipping.FulfilmentWaits,
        inventory.StockMoved,
    ),
)
async def split_fulfilment(
    fulfilment_id: UUID, body: SplitOffIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Make a fulfilment of pieces that are in no parcel yet, here or in another warehouse.

    What the order costs, and how it was paid, stays as it is.
    """

    async def work() -> tuple[int, NewFulfilmentOut]:
        made = await orders.shipping.split_off(session, body.command(fulfilment_id), actor=actor)
        return HTTPStatus.CREATED, NewFulfilmentOut(id=made)

    return await once(session, actor, work)


@router.post(
    "/{fulfilment_id}/merge",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(
        NotFound,
        orders.shipping.NotTogether,
        orders.shipping.PiecesNotOpen,
        orders.shipping.FulfilmentWaits,
    ),
)
async def merge_fulfilments(
    fulfilment_id: UUID, body: PutTogetherIn, actor: Writer, session: SessionDep
) -> None:
    """Put what is open of another fulfilment of the order, in the same warehouse, into this one."""
    await orders.shipping.put_together(session, fulfilment_id, body.fulfilment_id, actor=actor)


@router.get("/{fulfilment_id}/route", responses=problems(NotFound))
async def preview_route(
    fulfilment_id: UUID, actor: Reader, session: ReaderDep, leave: bool = False
) -> RoutePlanOut:
    """Why it is sent from its warehouse, and what would come from elsewhere if it were routed now.

    With `leave`, as if nothing of it could come from there.
    """
    plan = await orders.routing.preview_route(session, fulfilment_id, leave=leave, actor=actor)
    return RoutePlanOut.of(plan)


@router.post(
    "/{fulfilment_id}/re-route",
    response_model=RoutePlanOut,
    responses=problems(
        NotFound,
        orders.IllegalTransition,
        orders.shipping.FulfilmentWaits,
        inventory.StockMoved,
    ),
)
async def reroute_fulfilment(
    fulfilment_id: UUID, body: RerouteIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Send what is in no parcel yet from where it costs least now, or from anywhere but here.

    Pieces join what waits there of the order. What the order costs stays as it is.
    """

    async def work() -> tuple[int, RoutePlanOut]:
        plan = await orders.routing.reroute(session, fulfilment_id, leave=body.leave, actor=actor)
        return HTTPStatus.OK, RoutePlanOut.of(plan)

    return await once(session, actor, work)


@router.post(
    "/{fulfilment_id}/report-short",
    response_model=RoutePlanOut,
    responses=problems(
        NotFound,
        orders.IllegalTransition,
        orders.shipping.PiecesNotOpen,
        orders.shipping.FulfilmentWaits,
        inventory.StockMoved,
        inventory.BatchShort,
        inventory.UnknownStock,
    ),
)
async def report_short(
    fulfilment_id: UUID,
    body: ReportShortIn,
    actor: Writer,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Say that pieces to be packed cannot be found: they are taken off stock.

    What others have is sent from there (`moves`); what nobody has (`stays`) waits for goods before
    all shoppers, and there is a ticket. What is not paid for yet stays as it is.
    """

    async def work() -> tuple[int, RoutePlanOut]:
        plan = await orders.routing.report_short(
            session,
            fulfilment_id,
            body.pieces(),
            reason=body.reason,
            actor=actor,
            limits=resources.settings.waiting,
        )
        return HTTPStatus.OK, RoutePlanOut.of(plan)

    return await once(session, actor, work)
