"""Flags of orders, and slips of parcels, as staff see to them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.identity import get_staff
from app.routers.orders.admin import OrdersWriter
from app.routers.problems import problems
from app.schemas.orders.marks import FlagIn, PackingSlipOut
from app.services import orders

router = Router()

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_READ])]


@router.put(
    "/orders/{order_id}/flag",
    tags=["orders"],
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound),
)
async def flag_order(
    order_id: UUID, body: FlagIn, actor: OrdersWriter, session: SessionDep
) -> None:
    """Flag an order with a colour instead of the one it has. The timeline keeps both."""
    await orders.flag_order(session, order_id, body.flag, note=body.note, actor=actor)


@router.delete(
    "/orders/{order_id}/flag",
    tags=["orders"],
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound),
)
async def take_flag_off(order_id: UUID, actor: OrdersWriter, session: SessionDep) -> None:
    """Take its flag off an order. Again changes nothing."""
    await orders.flag_order(session, order_id, None, actor=actor)


@router.get(
    "/shipments/{shipment_id}/packing-slip", tags=["shipping"], responses=problems(NotFound)
)
async def get_packing_slip(shipment_id: UUID, actor: Reader, session: ReaderDep) -> PackingSlipOut:
    """What to print and put into a parcel. Without prices where the order hides them."""
    found = await orders.packing_slip(session, shipment_id, actor=actor)
    return PackingSlipOut.model_validate(found)
