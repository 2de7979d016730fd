"""A parcel leaves: stock goes with it, and the order is on its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.inventory import StockGrade
from app.core.enums.orders import FulfilmentKind, FulfilmentStatus, PaymentStatus
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.ids import new_id
from app.core.settings import ShippingSettings
from app.repositories.orders import ArrivalRepository, ShippingRepository
from app.services import inventory, system
from app.services.orders.payment_owner import named, stock_owner
from app.services.orders.shipping.events import OrderShipped, ReplacementShipped
from app.services.orders.shipping.pack import (
    PackParcel,
    pack_parcel,
    pieces_of,
    require_alone,
    require_may_leave,
    require_move,
    shipment_of,
)
from app.services.orders.shipping.standing import (
    ALL_SENT,
    Part,
    follow,
    lock_for,
    parcel_of,
    part_of,
    promised_to,
    told,
)


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

    Its pieces leave the stock that was promised to the order; what was repaired leaves from where
    it lay. An order that is paid at the door keeps its promise from now on. Raises `NotFound`,
    `OrderHeld`, `OrderNotPaid`, `IllegalTransition`, `IllegalShipmentTransition` and
    `NothingToShip`.

    What is joined to it leaves with it, all or none; one that is joined raises
    `TravelsWithAnother`.
    """
    order, parts = await lock_for(session, "shipments", shipment_id, actor)
    before = await shipment_of(session, shipment_id)
    part = part_of(parts, before["fulfilment_id"], actor)
    if ShipmentState(before["state"]) is ShipmentState.SHIPPED:
        return before
    require_alone(before)
    left = [await _depart(session, order, part, dict(before), actor=actor, limits=limits)]
    for joined_id in before["joins"]:
        order, parts = await lock_for(session, "shipments", UUID(joined_id), actor)
        joined = await shipment_of(session, UUID(joined_id))
        part = part_of(parts, joined["fulfilment_id"], actor)
        named_so = {**joined, "tracking_number": before["tracking_number"]}
        left.append(await _depart(session, order, part, named_so, actor=actor, limits=limits))
    if before["joins"]:
        taken = [
            await inventory.kits.unpack(session, each.owner, pieces_of(each.shipment))
            for each in left
        ]
        await inventory.lock(session, {key for each in taken for key in each})
    for each in left:
        await _take(session, each, actor)
    return await shipment_of(session, shipment_id)


@dataclass(frozen=True, slots=True)
class _Left:
    """A parcel that leaves, whose stock is still to go with it."""

    order: RowMapping
    part: Part
    shipment: Mapping[str, Any]

    @property
    def owner(self) -> str:
        return promised_to(self.part, self.order["id"])


async def _depart(
    session: AsyncSession,
    order: RowMapping,
    part: Part,
    before: Mapping[str, Any],
    *,
    actor: Actor,
    limits: ShippingSettings,
) -> _Left:
    require_move(ShipmentState(before["state"]), ShipmentState.SHIPPED)
    await require_may_leave(session, order, part)
    repository, shipment_id = ShippingRepository(session), before["id"]
    await repository.move(shipment_id, ShipmentState.SHIPPED, order["at"])
    await repository.count_left(shipment_id)
    await repository.note(shipment_id, _noted(order, actor))
    kind = told(part, "shipped")
    status = await follow(
        session, order, kind, actor=actor, picking={part.id: False}, data=parcel_of(before)
    )
    if status is FulfilmentStatus.SHIPPED or (status in ALL_SENT and not part.is_sale):
        await ArrivalRepository(session).expect(order["id"], limits.received_after_shipping_seconds)
    if part.is_sale:
        await system.publish(session, _left(order, before))
    else:
        # Whoever is sent something again has time to give that back, too.
        seconds = limits.received_after_shipping_seconds + limits.return_window_seconds
        await ArrivalRepository(session).extend(order["id"], seconds)
        await system.publish(session, _replaced(order, part, before))
    return _Left(order, part, before)


async def _take(session: AsyncSession, left: _Left, actor: Actor) -> None:
    """What was promised to an order leaves its stock."""
    order, owner, before = left.order, left.owner, left.shipment
    if order["payment_status"] == PaymentStatus.AWAITING:
        await _promise(session, owner)
    if left.part.kind is FulfilmentKind.REPAIR:
        await _hand_back(session, before, actor)
    else:
        await inventory.ship(
            session,
            owner,
            pieces_of(before),
            cause=f"shipment:{before['number']}",
            buyer=stock_owner(order["id"]),
            actor=actor.principal,
        )


async def _hand_back(session: AsyncSession, shipment: Mapping[str, Any], actor: Actor) -> None:
    """What was repaired is the shopper's and was promised to nobody: it lies frozen."""
    owner = stock_owner(shipment["order_id"])
    pieces = await inventory.kits.unpack(session, owner, pieces_of(shipment))
    moves = [
        inventory.Move(sku_id, there, n, grade=StockGrade.FROZEN)
        for (sku_id, there), n in pieces.items()
    ]
    await inventory.hand_back(
        session,
        moves,
        cause=f"repair:{shipment['return_number']}",
        owner=owner,
        document=f"shipment:{shipment['number']}",
        actor=actor.principal,
    )


async def _promise(session: AsyncSession, owner: str) -> None:
    if not await inventory.commit(session, owner):
        raise inventory.NothingToShip("Its goods were let go meanwhile", rows=[])


def _left(order: RowMapping, shipment: Mapping[str, Any]) -> OrderShipped:
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


def _replaced(order: RowMapping, part: Part, shipment: Mapping[str, Any]) -> ReplacementShipped:
    return ReplacementShipped(
        **named(order),
        kind=part.kind,
        return_id=part.row["return_id"],
        shipment_id=shipment["id"],
        shipment_number=shipment["number"],
        fulfilment_id=part.id,
        merchant_id=shipment["merchant_id"],
        warehouse_id=shipment["warehouse_id"],
        carrier_code=shipment["carrier_code"],
        tracking_number=shipment["tracking_number"],
        currency=shipment["currency"],
        cost_minor=int(shipment["replaced_minor"]),
        line_ids=tuple(UUID(each["order_line_id"]) for each in shipment["lines"]),
        sku_ids=tuple(UUID(each["sku_id"]) for each in shipment["lines"]),
        quantities=tuple(each["quantity"] for each in shipment["lines"]),
    )


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
