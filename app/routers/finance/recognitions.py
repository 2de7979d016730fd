"""Revenue of orders, booked when goods leave."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.idempotency import IdempotencyKeyMissing, OnceDep
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.finance.recognitions import RecogniseIn, RecognitionOut, RecognitionsOut
from app.services import finance
from app.services.system import IdempotencyInProgress, IdempotencyKeyReused

router = Router(prefix="/finance/orders", tags=["finance"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_WRITE])]


@router.post(
    "/{order_id}/recognitions",
    status_code=HTTPStatus.CREATED,
    response_model=RecognitionOut,
    responses=problems(
        NotFound,
        AlreadyExists,
        finance.NothingPaidInAdvance,
        finance.UnitsNotLeft,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
        IdempotencyInProgress,
    ),
)
async def recognise(
    order_id: UUID, body: RecogniseIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Book the revenue of a shipment: what was paid in advance becomes revenue and tax.

    Units that were given back are left out. The same reference again answers with what was booked.
    """

    async def work() -> tuple[int, RecognitionOut]:
        row = await finance.recognise(session, body.command(order_id), actor=actor)
        return HTTPStatus.CREATED, RecognitionOut.model_validate(dict(row))

    return await once(session, actor, work)


@router.get("/{order_id}/recognitions")
async def list_recognitions(order_id: UUID, actor: Reader, session: ReaderDep) -> RecognitionsOut:
    """Shipments of an order that became revenue, oldest first."""
    rows = await finance.list_recognitions(session, order_id)
    return RecognitionsOut(items=[RecognitionOut.model_validate(dict(row)) for row in rows])
