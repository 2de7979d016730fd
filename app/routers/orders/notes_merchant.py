"""What merchants write on the timeline of orders they ship something of."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, WrongAudience
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_merchant
from app.routers.problems import problems
from app.schemas.orders.documents import TimelineOut
from app.schemas.orders.tickets import MerchantNoteIn
from app.services import orders

router = Router(prefix="/orders", tags=["orders"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_WRITE])]


@router.get("/{order_id}/notes")
async def list_notes(order_id: UUID, actor: Reader, session: ReaderDep) -> list[TimelineOut]:
    """Your own notes of an order, oldest first."""
    rows = await orders.centre.merchant_notes(session, order_id, merchant_id=_merchant(actor))
    return [TimelineOut.model_validate(row) for row in rows]


@router.post(
    "/{order_id}/notes",
    status_code=HTTPStatus.CREATED,
    response_model=TimelineOut,
    responses=problems(NotFound),
)
async def add_note(
    order_id: UUID, body: MerchantNoteIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Write a note that the platform's staff read, too; the shopper does not."""
    merchant_id = _merchant(actor)

    async def work() -> tuple[int, TimelineOut]:
        row = await orders.centre.add_merchant_note(
            session, order_id, body.text, merchant_id=merchant_id, actor=actor
        )
        return HTTPStatus.CREATED, TimelineOut.model_validate(row)

    return await once(session, actor, work)


def _merchant(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise WrongAudience("The caller is no merchant")
    return actor.merchant_id
