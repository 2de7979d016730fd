"""Parcels of several orders travel as one: one number, one label, each order's own pieces.

Whoever changes such parcels locks the order of the one that has the number first, then the others
by id. What each order was charged for freight stays as it was agreed.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.shipping import ShipmentState
from app.core.errors import DomainError
from app.repositories.orders.joined import JoinedRepository
from app.services.orders.shipping.errors import IllegalShipmentTransition
from app.services.orders.shipping.pack import (
    PackParcel,
    Waybill,
    pack_parcel,
    require_alone,
    shipment_of,
)
from app.services.orders.shipping.standing import lock_for, part_of

WITHIN_HOURS = 24
"""How far apart orders are placed that are worth sending together."""


class NotOneWay(DomainError):
    """`fulfilments` do not go from one warehouse of one merchant to one receiver, or not apart."""

    slug, title, title_zh = (
        "not-one-way",
        "They do not go the same way",
        "这些发货单不能合包",
    )


async def suggest(
    session: AsyncSession, warehouse_id: UUID, *, hours: int = WITHIN_HOURS, limit: int
) -> Sequence[RowMapping]:
    """Fulfilments of different orders that could travel together, who waits longest first.

    Of one member, merchant and warehouse to one receiver and address, placed in the last `hours`;
    paid, and held by nothing.
    """
    return await JoinedRepository(session).alike(warehouse_id, hours=hours, limit=limit)


async def join(
    session: AsyncSession, shipment_id: UUID, fulfilment_ids: Sequence[UUID], *, actor: Actor
) -> RowMapping:
    """Pack what is open of other orders' fulfilments into a parcel that has not left; that parcel.

    Each is a parcel of its own order that has no number. Raises `NotFound`, `NotOneWay`,
    `TravelsWithAnother` for one that is joined itself, `IllegalShipmentTransition`, and what
    packing refuses.
    """
    _, parts = await lock_for(session, "shipments", shipment_id, actor)
    leader = await shipment_of(session, shipment_id)
    part_of(parts, leader["fulfilment_id"], actor)
    require_alone(leader)
    _require_prepared(leader)
    repository = JoinedRepository(session)
    own, *others = await _ways(repository, leader["fulfilment_id"], fulfilment_ids)
    wrong = [
        str(each["id"])
        for each in (own, *others)
        if each["id"] in fulfilment_ids
        and (_way(each) != _way(own) or each["order_id"] == own["order_id"])
    ]
    if wrong or not others:
        raise NotOneWay("Look at where they go", fulfilments=wrong)
    waybill = Waybill(carrier_code=leader["carrier_code"], service=leader["service"])
    for each in others:
        command = PackParcel(fulfilment_id=each["id"], waybill=waybill)
        packed = await pack_parcel(session, command, actor=actor)
        await repository.join(packed["id"], shipment_id)
    return await shipment_of(session, shipment_id)


async def take_apart(session: AsyncSession, shipment_id: UUID, *, actor: Actor) -> RowMapping:
    """Let a parcel that has not left travel alone; again changes nothing.

    Of the one that has the number, all others are let go. Raises `NotFound`,
    `IllegalShipmentTransition`.
    """
    seen = await shipment_of(session, shipment_id)
    if seen["joined_to"] is not None:
        await lock_for(session, "shipments", seen["joined_to"], actor)
    _, parts = await lock_for(session, "shipments", shipment_id, actor)
    before = await shipment_of(session, shipment_id)
    part_of(parts, before["fulfilment_id"], actor)
    if before["joined_to"] is None and not before["joins"]:
        return before
    _require_prepared(before)
    await JoinedRepository(session).take_apart(shipment_id)
    return await shipment_of(session, shipment_id)


def _require_prepared(parcel: RowMapping) -> None:
    if parcel["state"] != ShipmentState.PREPARED:
        raise IllegalShipmentTransition("It is not waiting any more", current=parcel["state"])


async def _ways(
    repository: JoinedRepository, leader_id: UUID, fulfilment_ids: Sequence[UUID]
) -> list[RowMapping]:
    """The leader's way first, then the others'; what does not exist is missing."""
    found = await repository.ways([leader_id, *fulfilment_ids])
    missing = sorted({str(each) for each in fulfilment_ids} - {str(each["id"]) for each in found})
    if missing:
        raise NotOneWay("There are no such fulfilments", fulfilments=missing)
    own = [each for each in found if each["id"] == leader_id]
    return [*own, *(each for each in found if each["id"] != leader_id)]


def _way(row: RowMapping) -> tuple[object, ...]:
    return row["member_id"], row["merchant_id"], row["warehouse_id"], row["place"]
