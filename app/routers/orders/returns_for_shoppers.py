"""Returns that staff ask for in a shopper's name: from a ticket, a lost parcel, a phone call."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.enums.after_sales import ReturnKind
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.return_answers import ASKING
from app.routers.problems import problems
from app.schemas.orders.after_sales import (
    AskReturnIn,
    ReturnableLineOut,
    ReturnableOut,
    ReturnPreviewOut,
    ReturnReason,
    StaffReturnOut,
)
from app.services import orders
from app.services.payments import PaymentTerms

router = Router(prefix="/orders", tags=["returns"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
Reason = Annotated[
    ReturnReason | None, Query(description="Some goods come back only for what the shop answers.")
]


@router.get("/{order_id}/returnable", responses=problems(NotFound))
async def get_returnable_of_order(
    order_id: UUID,
    actor: Reader,
    session: ReaderDep,
    resources: ResourcesDep,
    reason_code: Reason = None,
    kind: ReturnKind | None = None,
) -> ReturnableOut:
    """What of an order can be asked for after it has left. Windows do not bind staff."""
    found = await orders.after_sales.returnable(
        session,
        order_id,
        reason_code,
        actor=actor,
        kind=kind,
        limits=resources.settings.after_sales,
    )
    return ReturnableOut(order_id=order_id, lines=[ReturnableLineOut.of(each) for each in found])


@router.post("/{order_id}/returns/preview", responses=problems(*ASKING))
async def preview_return_for_shopper(
    order_id: UUID,
    body: AskReturnIn,
    actor: Reader,
    session: ReaderDep,
    resources: ResourcesDep,
) -> ReturnPreviewOut:
    """What it would bring; nothing happens."""
    found = await orders.after_sales.preview_return(
        session,
        body.command(order_id),
        actor=actor,
        terms=PaymentTerms.of(resources.settings),
        limits=resources.settings.after_sales,
    )
    return ReturnPreviewOut.of(found)


@router.post(
    "/{order_id}/returns",
    status_code=HTTPStatus.CREATED,
    response_model=StaffReturnOut,
    responses=problems(*ASKING, orders.GiftNotReturned),
)
async def ask_return_for_shopper(
    order_id: UUID,
    body: AskReturnIn,
    actor: Writer,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Ask for it in a shopper's name. It is decided as any other."""

    async def work() -> tuple[int, StaffReturnOut]:
        row = await orders.after_sales.ask_return(
            session,
            body.command(order_id),
            actor=actor,
            terms=PaymentTerms.of(resources.settings),
            limits=resources.settings.after_sales,
        )
        return HTTPStatus.CREATED, StaffReturnOut.model_validate(row)

    return await once(session, actor, work)
