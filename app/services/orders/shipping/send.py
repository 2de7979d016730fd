"""A parcel leaves: stock goes with it, and the order is on its way."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentStatus, PaymentStatus
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.ids import new_id
from app.core.settings import ShippingSettings
from app.repositories.orders import ArrivalRepository, ShippingRepository
from app.services import inventory, system
from app.services.orders.payment_owner import named, stock_owner
from app.services.orders.shipping.events import OrderShipped
from app.services.orders.shipping.pack import (
    PackParcel,
    pack_parcel,
    require_may_leave,
    require_move,
    shipment_of,
)
from app.services.orders.shipping.standing import follow, lock_for, part_of


async def ship(
    session: AsyncSession, command: PackParcel, *, actor: Actor, limits: ShippingSettings
) -> RowMapping:
    """`pack_parcel` and `hand_over` in one."""
    packed = await pack_parcel(session, command, actor=actor)
    return await hand_over(session, packed["id"], actor=actor, limits=limits)


async def hand_over(
    session: AsyncSession, shipment_id: UUID, *, actor: Actor, limits: ShippingSettings
) -> RowMapping:
    """A prepared parcel leaves with its carrier; one that has left is answered as it is.

    Its pieces leave the stock that was promised to the order. An order that is paid at the door
    keeps its promise from now on. Raises `NotFound`, `OrderHeld`, `OrderNotPaid`,
    `IllegalTransition`, `IllegalShipmentTransition` and `NothingToShip`.
    """
    order, parts = await lock_for(session, "shipments", shipment_id, actor)
    before = await shipment_of(session, shipment_id)
    part = part_of(parts, before["fulfilment_id"], actor)
    state = ShipmentState(before["state"])
    if state is ShipmentState.SHIPPED:
        return before
    require_move(state, ShipmentState.SHIPPED)
    await require_may_leave(session, order)
    repository = ShippingRepository(session)
    await repository.move(shipment_id, ShipmentState.SHIPPED, order["at"])
    await repository.count_left(shipment_id)
    await repository.note(shipment_id, _noted(order, actor))
    status = await follow(session, order, "shipped", actor=actor, picking={part.id: False})
    if status is FulfilmentStatus.SHIPPED:
        await ArrivalRepository(session).expect(order["id"], limits.received_after_shipping_seconds)
    await system.publish(session, _left(order, before))
    owner = stock_owner(order["id"])
    if order["payment_status"] == PaymentStatus.AWAITING:
        await _promise(session, owner)
    cause = f"shipment:{before['number']}"
    await inventory.ship(session, owner, _pieces(before), cause=cause, actor=actor.principal)
    return await shipment_of(session, shipment_id)


async def _promise(session: AsyncSession, owner: str) -> None:
    if not await inventory.commit(session, owner):
        raise inventory.NothingToShip("Its goods were let go meanwhile", rows=[])


def _left(order: RowMapping, shipment: RowMapping) -> OrderShipped:
    return OrderShipped(
        **named(order),
        shipment_id=shipment["id"],
        shipment_number=shipment["number"],
        fulfilment_id=shipment["fulfilment_id"],
        merchant_id=shipment["merchant_id"],
        warehouse_id=shipment["warehouse_id"],
        carrier_code=shipment["carrier_code"],
        tracking_number=shipment["tracking_number"],
        line_ids=tuple(UUID(each["order_line_id"]) for each in shipment["lines"]),
        quantities=tuple(each["quantity"] for each in shipment["lines"]),
    )


def _pieces(shipment: RowMapping) -> dict[tuple[UUID, UUID], int]:
    pieces: Counter[tuple[UUID, UUID]] = Counter()
    for each in shipment["lines"]:
        pieces[UUID(each["sku_id"]), shipment["warehouse_id"]] += each["quantity"]
    return dict(sorted(pieces.items()))


def _noted(order: RowMapping, actor: Actor) -> dict[str, Any]:
    is_merchant = actor.merchant_id is not None
    return {
        "event_id": new_id(),
        "at": order["at"],
        "state": ShipmentState.SHIPPED,
        "source": TrackingSource.MERCHANT if is_merchant else TrackingSource.STAFF,
        "provider_id": None,
        "location": None,
        "description": None,
        "actor": actor.principal,
    }
