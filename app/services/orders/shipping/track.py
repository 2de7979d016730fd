"""Where parcels are, as carriers, merchants and staff say."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.inventory import StockGrade
from app.core.enums.orders import FulfilmentKind, FulfilmentStatus, OrderState
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.errors import DomainError, NotFound
from app.core.ids import new_id
from app.core.settings import ShippingSettings
from app.repositories.orders import ArrivalRepository, AxesRepository, ShippingRepository
from app.services import inventory, system
from app.services.orders.engine.shipping import LEFT, SHIPMENT
from app.services.orders.payment_owner import named, stock_owner
from app.services.orders.shipping.errors import IllegalShipmentTransition
from app.services.orders.shipping.events import ReplacementReturned, ShipmentMoved
from app.services.orders.shipping.pack import pieces_of, require_move, shipment_of
from app.services.orders.shipping.standing import (
    ALL_SENT,
    Part,
    follow,
    lock_for,
    parcel_of,
    part_of,
    promised_to,
)

AHEAD_SECONDS = 300
"""How far clocks of others may be ahead of ours."""


class TrackingAhead(DomainError):
    slug, title, title_zh = (
        "tracking-ahead",
        "That is still to come",
        "物流时间晚于当前时间",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Where a parcel was seen. Without `state` it is said and moves nothing.

    `provider_id` names the entry there: the same one counts once.
    """

    state: ShipmentState | None = None
    at: datetime | None = None
    location: str | None = None
    description: str | None = None
    provider_id: str | None = None


async def record_tracking(
    session: AsyncSession,
    shipment_id: UUID,
    sighting: Sighting,
    *,
    actor: Actor | None,
    source: TrackingSource,
    limits: ShippingSettings,
) -> RowMapping:
    """Keep where a parcel was seen, and move it there if it can still be there.

    Carriers repeat themselves, and tell late what was before: such entries are kept and move
    nothing. People are refused instead. What is joined to it is where it is. Raises `NotFound`,
    `IllegalShipmentTransition`, `TrackingAhead`; what is back in the warehouse is `take_in`'s.
    """
    order, parts = await _locked(session, shipment_id, actor)
    before = await shipment_of(session, shipment_id)
    if actor is not None:
        part_of(parts, before["fulfilment_id"], actor)
    state, target = ShipmentState(before["state"]), sighting.state
    at = sighting.at or order["at"]
    if (at - order["at"]).total_seconds() > AHEAD_SECONDS:
        raise TrackingAhead("Look at the clock", at=at.isoformat(), now=order["at"].isoformat())
    if target not in LEFT | {None} or target is ShipmentState.RETURNED or state not in LEFT:
        raise IllegalShipmentTransition(
            "That is not said by tracking", current=state, target=target
        )
    moves = target is not None and target in SHIPMENT[state]
    if target is not None and source is not TrackingSource.CARRIER:
        require_move(state, target)
    is_new = await ShippingRepository(session).note(
        shipment_id,
        {
            "event_id": new_id(),
            "at": at,
            "state": target,
            "source": source,
            "provider_id": sighting.provider_id,
            "location": sighting.location,
            "description": sighting.description,
            "actor": actor.principal if actor else None,
        },
    )
    if is_new and moves and target is not None and not _is_old(before, at):
        await _moved(session, order, before, target, at, actor=actor, limits=limits)
    for joined_id in before["joins"] if is_new else ():
        await record_tracking(
            session,
            UUID(joined_id),
            replace(sighting, at=at),
            actor=None,
            source=TrackingSource.CARRIER,
            limits=limits,
        )
    return await shipment_of(session, shipment_id)


async def take_in(
    session: AsyncSession, shipment_id: UUID, *, is_resellable: bool, actor: Actor
) -> RowMapping:
    """A parcel is back undelivered; its pieces are on stock again, or beside it as damaged.

    What was repaired is the shopper's, and lies frozen again.

    Again changes nothing. Raises `NotFound`, `IllegalShipmentTransition`.
    """
    order, parts = await lock_for(session, "shipments", shipment_id, actor)
    before = await shipment_of(session, shipment_id)
    part = part_of(parts, before["fulfilment_id"], actor)
    state = ShipmentState(before["state"])
    if state is ShipmentState.RETURNED:
        return before
    require_move(state, ShipmentState.RETURNED)
    await ShippingRepository(session).note(
        shipment_id,
        {
            "event_id": new_id(),
            "at": order["at"],
            "state": ShipmentState.RETURNED,
            "source": TrackingSource.STAFF,
            "provider_id": None,
            "location": None,
            "description": None if is_resellable else "not resellable",
            "actor": actor.principal,
        },
    )
    await _moved(session, order, before, ShipmentState.RETURNED, order["at"], actor=actor)
    is_repair = before["kind"] == FulfilmentKind.REPAIR
    grade = StockGrade.SELLABLE if is_resellable else StockGrade.DAMAGED
    grade = StockGrade.FROZEN if is_repair else grade
    owner = stock_owner(order["id"]) if is_repair else promised_to(part, order["id"])
    pieces = await inventory.kits.unpack(session, owner, pieces_of(dict(before)))
    moves = [inventory.Move(sku_id, there, n, grade=grade) for (sku_id, there), n in pieces.items()]
    if is_resellable and before["replaced_minor"]:
        await system.publish(session, _replaced_back(order, before))
    parcel = f"shipment:{before['number']}"
    await inventory.take_back(
        session,
        moves,
        cause=f"repair:{before['return_number']}" if is_repair else parcel,
        document=parcel,
        owner=stock_owner(order["id"]),
        actor=actor.principal,
    )
    return await shipment_of(session, shipment_id)


async def _moved(
    session: AsyncSession,
    order: RowMapping,
    shipment: RowMapping,
    target: ShipmentState,
    at: datetime,
    *,
    actor: Actor | None,
    limits: ShippingSettings | None = None,
) -> None:
    await ShippingRepository(session).move(shipment["id"], target, at)
    status = await follow(session, order, f"parcel_{target}", actor=actor, data=parcel_of(shipment))
    is_again = shipment["kind"] != FulfilmentKind.SALE and target is ShipmentState.DELIVERED
    is_there = status is FulfilmentStatus.DELIVERED or (is_again and status in ALL_SENT)
    if is_there and order["state"] == OrderState.OPEN and limits is not None:
        await ArrivalRepository(session).expect(order["id"], limits.received_after_delivery_seconds)
    await system.publish(
        session,
        ShipmentMoved(
            **named(order),
            shipment_id=shipment["id"],
            shipment_number=shipment["number"],
            merchant_id=shipment["merchant_id"],
            state=target,
            at=at,
        ),
    )


def _replaced_back(order: RowMapping, shipment: RowMapping) -> ReplacementReturned:
    return ReplacementReturned(
        **named(order),
        return_id=shipment["return_id"],
        shipment_id=shipment["id"],
        shipment_number=shipment["number"],
        merchant_id=shipment["merchant_id"],
        currency=shipment["currency"],
        cost_minor=int(shipment["replaced_minor"]),
    )


def _is_old(shipment: RowMapping, at: datetime) -> bool:
    """Whether something later was said already that moved it."""
    return any(
        each["state"] is not None and datetime.fromisoformat(each["at"]) > at
        for each in shipment["events"]
        if each["source"] == TrackingSource.CARRIER
    )


async def _locked(
    session: AsyncSession, shipment_id: UUID, actor: Actor | None
) -> tuple[RowMapping, tuple[Part, ...]]:
    if actor is not None:
        return await lock_for(session, "shipments", shipment_id, actor)
    order_id = await ShippingRepository(session).order_of("shipments", shipment_id)
    order = None if order_id is None else await AxesRepository(session).locked(order_id)
    if order is None:
        raise NotFound("No such shipment")
    return order, ()
