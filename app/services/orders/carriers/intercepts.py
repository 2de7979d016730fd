"""Turning parcels back that are on their way."""

from uuid import UUID

from sqlalchemy import RowMapping

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.carriers import CarrierSkill, InterceptState
from app.core.enums.shipping import ShipmentState
from app.core.settings import CarrierSettings
from app.repositories.orders import LabelRepository, ParcelCareRepository
from app.services import system
from app.services.orders import shipping
from app.services.orders.carriers.calls import Carriers, able, ask
from app.services.orders.carriers.follow import known_as
from app.services.orders.carriers.ports import CarrierRefused
from app.services.orders.engine.parcel_care import is_turned_back
from app.services.orders.shipping.standing import lock_for, part_of


async def intercept(
    sessions: Sessions,
    carriers: Carriers,
    shipment_id: UUID,
    reason: str,
    *,
    actor: Actor,
    settings: CarrierSettings,
) -> RowMapping:
    """Have a parcel's carrier turn it back; one it agreed to is answered as it is.

    The parcel stays where it is until its tracking says that it returns. Raises `NotFound`,
    `IllegalShipmentTransition`, `TravelsWithAnother`, `CarrierCannot`, `CarrierRefused`, and
    `CarrierUnreachable`: asking again then is the same request.
    """
    async with unit_of_work(sessions) as session:
        _, parts = await lock_for(session, "shipments", shipment_id, actor)
        parcel = await LabelRepository(session).parcel(shipment_id)
        if parcel is None:
            raise shipping.IllegalShipmentTransition("It is gone")
        part_of(parts, parcel["fulfilment_id"], actor)
        repository = ParcelCareRepository(session)
        found = await repository.live_intercept(shipment_id)
        live = None if found is None else InterceptState(found["state"])
        is_done = is_turned_back(ShipmentState(parcel["state"]), live)
        if found is not None and is_done:
            return found
        if is_done is None:
            raise shipping.IllegalShipmentTransition(
                "It is not on its way", current=parcel["state"]
            )
        shipping.require_alone(parcel)
        port = able(carriers, parcel["adapter"], CarrierSkill.INTERCEPT)
        if parcel["tracking_number"] is None:
            raise CarrierRefused("The parcel has no number yet")
        if found is None:
            found = await repository.ask_back(shipment_id, port.code, reason, actor=actor.principal)
            changes = {"reason": reason}
            await system.record(
                session, actor, "orders.intercept", "shipment", shipment_id, changes
            )
    try:
        await ask(port.intercept(found["request_number"], known_as(parcel)), settings)
    except CarrierRefused as refusal:
        async with unit_of_work(sessions) as session:
            await ParcelCareRepository(session).settle_intercept(
                found["id"], InterceptState.REFUSED, refusal.detail[:500]
            )
        raise
    async with unit_of_work(sessions) as session:
        return await ParcelCareRepository(session).settle_intercept(
            found["id"], InterceptState.ACCEPTED, None
        )
