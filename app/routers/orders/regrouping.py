"""Fulfilments split, put together, and sent from another warehouse."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.orders.shipping import NewFulfilmentOut, PutTogetherIn, SplitOffIn
from app.services import inventory, orders

router = Router(prefix="/fulfilments", tags=["shipping"])

Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]


@router.post(
    "/{fulfilment_id}/split",
    status_code=HTTPStatus.CREATED,
    response_model=NewFulfilmentOut,
    responses=problems(
        NotFound,
        InvalidReference,
        orders.shipping.PiecesNotOpen,
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
    responses=problems(NotFound, orders.shipping.NotTogether, orders.shipping.PiecesNotOpen),
)
async def merge_fulfilments(
    fulfilment_id: UUID, body: PutTogetherIn, actor: Writer, session: SessionDep
) -> None:
    """Put what is open of another fulfilment of the order, in the same warehouse, into this one."""
    await orders.shipping.put_together(session, fulfilment_id, body.fulfilment_id, actor=actor)
