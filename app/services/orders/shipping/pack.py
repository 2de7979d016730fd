"""A warehouse takes up a fulfilment and makes parcels of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.core.enums.shipping import HoldKind, ShipmentState
from app.core.errors import NotFound, StaleVersion
from app.core.ids import new_id, new_number
from app.repositories.orders import CarrierRepository, ShippingRepository
from app.repositories.orders.joined import JoinedRepository
from app.services import payments
from app.services.orders.engine import IllegalTransition
from app.services.orders.engine.shipping import SHIPMENT, TooMany, pack
from app.services.orders.shipping.errors import (
    HasLabel,
    IllegalShipmentTransition,
    OrderHeld,
    OrderNotPaid,
    PiecesNotOpen,
    TrackingNumberTaken,
    TravelsWithAnother,
    UnknownCarrier,
    UnknownService,
)
from app.services.orders.shipping.standing import Part, follow, lock_for, part_of, told

LABELLED = ("carrier_code", "service", "tracking_number")
"""What is printed on a label."""
PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waybill:
    """Who carries a parcel, its number there, what it weighs and costs us (minor units)."""

    carrier_code: str
    service: str | None = None
    tracking_number: str | None = None
    weight_grams: int | None = None
    cost_minor: int | None = None
    note: str | None = None
    estimated_at: datetime | None = None

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackParcel:
    """A parcel of a fulfilment; without `pieces` (by order line) of all that is open."""

    fulfilment_id: UUID
    waybill: Waybill
    pieces: Mapping[UUID, int] | None = None


async def start_picking(session: AsyncSession, fulfilment_id: UUID, *, actor: Actor) -> None:
    """The warehouse takes it up: its buyer changes nothing more. Again changes nothing.

    Raises `NotFound`, `OrderHeld`, `OrderNotPaid`, `IllegalTransition`.
    """
    order, parts = await lock_for(session, "fulfilments", fulfilment_id, actor)
    part = part_of(parts, fulfilment_id, actor)
    if part.status is FulfilmentStatus.PICKING:
        return
    _require_status(part, FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PICKING)
    await require_may_leave(session, order, part)
    await follow(session, order, told(part, "picking"), actor=actor, picking={part.id: True})


async def stop_picking(session: AsyncSession, fulfilment_id: UUID, *, actor: Actor) -> None:
    """Put it back. Raises `NotFound`, `IllegalTransition`, also where parcels are packed."""
    order, parts = await lock_for(session, "fulfilments", fulfilment_id, actor)
    part = part_of(parts, fulfilment_id, actor)
    if part.status is FulfilmentStatus.UNFULFILLED:
        return
    _require_status(part, FulfilmentStatus.PICKING, FulfilmentStatus.UNFULFILLED)
    if part.parcels:
        raise IllegalTransition(
            "Void its parcels first", current=part.status, target=FulfilmentStatus.UNFULFILLED
        )
    kind = told(part, "picking_stopped")
    await follow(session, order, kind, actor=actor, picking={part.id: False})


async def pack_parcel(session: AsyncSession, command: PackParcel, *, actor: Actor) -> RowMapping:
    """A prepared parcel; what is in it waits for nothing but its carrier.

    Raises `NotFound`, `OrderHeld`, `OrderNotPaid`, `IllegalTransition`, `PiecesNotOpen`,
    `TrackingNumberTaken`, `UnknownCarrier`, `UnknownService`.
    """
    order, parts = await lock_for(session, "fulfilments", command.fulfilment_id, actor)
    part = part_of(parts, command.fulfilment_id, actor)
    await require_may_leave(session, order, part)
    try:
        pieces = pack(part.lines, command.pieces)
    except TooMany as error:
        missing = {str(line): n for line, n in error.missing.items()}
        raise PiecesNotOpen("Pack what is open", missing=missing) from error
    if not pieces:
        raise PiecesNotOpen("Nothing of it is open", missing={})
    repository = ShippingRepository(session)
    values = {"id": new_id(), "number": new_number("S", order["at"]), **command.waybill.values()}
    await require_carrier(session, command.waybill, part.row["merchant_id"])
    await require_free_number(session, values["id"], command.waybill)
    await repository.add(values, part.id, pieces)
    await follow(session, order, "packed", actor=actor, picking={part.id: True}, is_public=False)
    return await shipment_of(session, values["id"])


async def edit_parcel(
    session: AsyncSession, shipment_id: UUID, waybill: Waybill, *, version: int, actor: Actor
) -> RowMapping:
    """Another carrier, number, weight or cost; what came home keeps what it had.

    One that was closed since stays. Raises `NotFound`, `StaleVersion`, `UnknownCarrier`,
    `TravelsWithAnother`,
    `IllegalShipmentTransition`, `TrackingNumberTaken`, `UnknownService`, `HasLabel`.
    """
    _, parts = await lock_for(session, "shipments", shipment_id, actor)
    before = await shipment_of(session, shipment_id)
    part_of(parts, before["fulfilment_id"], actor)
    if before["version"] != version:
        raise StaleVersion("Read it again", version=before["version"])
    require_alone(before)
    if not SHIPMENT[ShipmentState(before["state"])]:
        raise IllegalShipmentTransition("Its way is over", current=before["state"])
    if before["label_state"] and any(getattr(waybill, each) != before[each] for each in LABELLED):
        raise HasLabel("Unpack it to have another", label_state=before["label_state"])
    if (waybill.carrier_code, waybill.service) != (before["carrier_code"], before["service"]):
        await require_carrier(session, waybill, before["merchant_id"])
    await require_free_number(session, shipment_id, waybill)
    await ShippingRepository(session).edit(shipment_id, waybill.values())
    return await shipment_of(session, shipment_id)


async def void_parcel(session: AsyncSession, shipment_id: UUID, *, actor: Actor) -> RowMapping:
    """Unpack a parcel that has not left; its pieces are open again. Again changes nothing.

    What was to travel in it travels alone.

    Raises `NotFound`, `IllegalShipmentTransition`.
    """
    order, parts = await lock_for(session, "shipments", shipment_id, actor)
    before = await shipment_of(session, shipment_id)
    part_of(parts, before["fulfilment_id"], actor)
    state = ShipmentState(before["state"])
    if state is ShipmentState.VOID:
        return before
    require_move(state, ShipmentState.VOID)
    repository = ShippingRepository(session)
    await repository.count_unpacked(shipment_id)
    await JoinedRepository(session).take_apart(shipment_id)
    await repository.move(shipment_id, ShipmentState.VOID, order["at"])
    await follow(session, order, "unpacked", actor=actor, is_public=False)
    return await shipment_of(session, shipment_id)


async def require_may_leave(session: AsyncSession, order: RowMapping, part: Part) -> None:
    """Raise unless a locked order stands, is paid or paid at the door, and nothing holds it.

    Goods that are still to come hold the fulfilment they are for, and no other. What is no sale
    also follows an order that is completed, or whose money went back.
    """
    stands = {OrderState.OPEN} if part.is_sale else {OrderState.OPEN, OrderState.COMPLETED}
    if order["state"] not in stands:
        raise IllegalTransition(
            "The order does not stand", current=order["state"], target=FulfilmentStatus.SHIPPED
        )
    found = await ShippingRepository(session).leave(order["id"], part.id)
    paid = PAID if part.is_sale else PAID | {PaymentStatus.REFUNDED}
    is_paid = order["payment_status"] in paid
    if not is_paid and not found["pays_at_the_door"]:
        raise OrderNotPaid("Wait for the payment", payment_status=order["payment_status"])
    holds = found["holds"] + await _unstated(session, order["id"])
    if holds:
        raise OrderHeld("Look at what holds it", holds=holds)


def require_alone(parcel: RowMapping) -> None:
    """Raise `TravelsWithAnother` for one that is joined to another."""
    if parcel["joined_to"] is not None:
        raise TravelsWithAnother("See to that one", joined_to=str(parcel["joined_to"]))


async def require_free_number(session: AsyncSession, shipment_id: UUID, waybill: Waybill) -> None:
    """Raise `TrackingNumberTaken` when another parcel has the number of that carrier."""
    number = waybill.tracking_number
    if number is not None and await ShippingRepository(session).is_taken(
        shipment_id, waybill.carrier_code, number
    ):
        raise TrackingNumberTaken("Look at the label", tracking_number=number)


async def require_carrier(session: AsyncSession, waybill: Waybill, merchant_id: UUID) -> None:
    """Raise unless the seller may ship with that carrier and it has that service."""
    repository = CarrierRepository(session)
    found = await repository.named(waybill.carrier_code)
    is_own = found is not None and found.merchant_id in {None, merchant_id}
    if found is None or not found.is_active or not is_own:
        codes = [each.code for each in await repository.of_merchant(merchant_id)]
        raise UnknownCarrier("Choose one of the carriers", field="carrier_code", carriers=codes)
    if waybill.service is not None and found.services and waybill.service not in found.services:
        raise UnknownService("Choose one of its services", field="service", services=found.services)


async def shipment_of(session: AsyncSession, shipment_id: UUID) -> RowMapping:
    """A parcel with what is in it and what was said of it. Raises `NotFound`."""
    found = await ShippingRepository(session).shipment(shipment_id)
    if found is None:
        raise NotFound("No such shipment")
    return found


def require_move(state: ShipmentState, target: ShipmentState) -> None:
    if target not in SHIPMENT[state]:
        raise IllegalShipmentTransition(
            f"{state} cannot become {target}", current=state, target=target
        )


async def _unstated(session: AsyncSession, order_id: UUID) -> list[dict[str, str]]:
    """Payments of an order that a gateway does not state, as holds: without what was paid."""
    return [
        {"id": str(found.case_id), "kind": HoldKind.PAYMENT, "reason": found.reason}
        for found in await payments.shipping.holds(session, order_id)
    ]


def _require_status(part: Part, current: FulfilmentStatus, target: FulfilmentStatus) -> None:
    if part.status is not current:
        raise IllegalTransition(
            f"{part.status} cannot become {target}", current=part.status, target=target
        )


def pieces_of(shipment: Mapping[str, Any]) -> dict[tuple[UUID, UUID], int]:
    """Pieces of a parcel by SKU and the warehouse it leaves from, in order."""
    pieces: Counter[tuple[UUID, UUID]] = Counter()
    for each in shipment["lines"]:
        pieces[UUID(each["sku_id"]), shipment["warehouse_id"]] += each["quantity"]
    return dict(sorted(pieces.items()))
