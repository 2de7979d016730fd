"""What staff write on an order's timeline."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import SessionDep
from app.routers.idempotency import OnceDep
from app.routers.orders.admin import OrdersWriter
from app.routers.problems import problems
from app.schemas.orders.documents import AdminTimelineOut
from app.schemas.orders.tickets import OrderNoteIn
from app.services import orders

router = Router(prefix="/orders", tags=["orders"])


@router.post(
    "/{order_id}/notes",
    status_code=HTTPStatus.CREATED,
    response_model=AdminTimelineOut,
    responses=problems(NotFound),
)
async def add_note(
    order_id: UUID, body: OrderNoteIn, actor: OrdersWriter, session: SessionDep, once: OnceDep
) -> Response:
    """Write on the timeline: a `message` that the shopper reads, or a `note` among staff."""

    async def work() -> tuple[int, AdminTimelineOut]:
        row = await orders.centre.add_note(
            session, order_id, body.text, is_public=body.is_public, actor=actor
        )
        return HTTPStatus.CREATED, AdminTimelineOut.model_validate(row)

    return await once(session, actor, work)
