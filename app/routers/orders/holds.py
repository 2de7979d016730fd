"""What keeps orders from leaving, as staff see and decide it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security
from pydantic import TypeAdapter

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.orders.shipping import HoldIn, HoldOut
from app.services import orders

router = Router(prefix="/orders", tags=["orders"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
_HOLDS = TypeAdapter(list[HoldOut])


@router.get("/{order_id}/holds")
async def list_holds(order_id: UUID, actor: Reader, session: ReaderDep) -> list[HoldOut]:
    """What holds the order, and what did, oldest first."""
    rows: Sequence[object] = await orders.shipping.list_holds(session, order_id)
    return _HOLDS.validate_python(rows, from_attributes=True)


@router.post(
    "/{order_id}/holds",
    status_code=HTTPStatus.CREATED,
    response_model=HoldOut,
    responses=problems(NotFound),
)
async def hold_order(
    order_id: UUID, body: HoldIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Keep an order in its warehouses until somebody lets it go."""

    async def work() -> tuple[int, HoldOut]:
        made = await orders.shipping.hold_by_hand(session, order_id, body.reason, actor=actor)
        return HTTPStatus.CREATED, HoldOut.model_validate(made)

    return await once(session, actor, work)


@router.post("/{order_id}/holds/{hold_id}/lift", responses=problems(NotFound))
async def lift_hold(order_id: UUID, hold_id: UUID, actor: Writer, session: SessionDep) -> HoldOut:
    """Let it go. What a review or another matter holds is decided there. Again changes nothing."""
    row = await orders.shipping.lift_by_hand(session, order_id, hold_id, actor=actor)
    return HoldOut.model_validate(row)
