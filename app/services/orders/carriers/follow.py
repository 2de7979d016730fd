"""Following parcels: whoever knows is asked, or tells by itself."""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.carriers import CarrierSkill
from app.core.enums.shipping import TrackingSource
from app.core.errors import DomainError, NotFound
from app.core.settings import CarrierSettings, ShippingSettings
from app.repositories.orders import LabelRepository, WatchRepository
from app.services import system
from app.services.orders import shipping
from app.services.orders.carriers.calls import Carriers, able, ask, called
from app.services.orders.carriers.ports import CarrierRefused, Parcel, Scan

log = logging.getLogger(__name__)
CALLBACK = "/api/v1/webhooks/"
"""Where whoever tells by itself tells it, with its name behind."""


async def follow_parcels(
    sessions: Sessions,
    carriers: Carriers,
    settings: CarrierSettings,
    limits: ShippingSettings,
    *,
    public_url: str,
    limit: int,
) -> int:
    """One round: have parcels that left told about, and ask about those nobody told of for long.

    Returns how many were looked at. What nobody answers is tried again in the next round but one.
    """
    trackers = [code for code, port in carriers.items() if CarrierSkill.TRACK in port.skills]
    tracker = settings.tracker if settings.tracker in trackers else None
    async with unit_of_work(sessions) as session:
        await WatchRepository(session).enrol(trackers, tracker, limit=limit)
    async with unit_of_work(sessions) as session:
        due = await WatchRepository(session).due(
            every_seconds=settings.track_every_seconds,
            silence_seconds=settings.silent_after_seconds,
            limit=limit,
        )
    for watch in due:
        try:
            await _look(sessions, carriers, settings, limits, watch, public_url=public_url)
        except DomainError as error:
            log.warning("parcel %s: %s", watch["shipment_id"], error)
    return len(due)


async def ask_where(
    sessions: Sessions,
    carriers: Carriers,
    shipment_id: UUID,
    *,
    actor: Actor,
    settings: CarrierSettings,
    limits: ShippingSettings,
) -> RowMapping:
    """Ask now where a parcel is, and move it there.

    Raises `NotFound`, `CarrierCannot`, `CarrierRefused`, `CarrierUnreachable`, and
    `TooManyRequests` where its carrier wants to be asked less often.
    """
    async with unit_of_work(sessions) as session:
        await shipping.get_shipment(session, shipment_id, actor=actor)
        row = await _parcel(session, shipment_id)
    name = tracker_of(carriers, settings, row)
    port = able(carriers, name, CarrierSkill.TRACK)
    if row["tracking_number"] is None:
        raise CarrierRefused("The parcel has no number yet")
    if port.rest_seconds:
        async with unit_of_work(sessions) as session:
            key = f"track:{name}:{shipment_id}"
            await system.limits.take(session, key, 1, 1 / port.rest_seconds)
    scans = await ask(port.track(known_as(row)), settings)
    async with unit_of_work(sessions) as session:
        await apply_scans(session, shipment_id, scans, limits=limits)
        return await shipping.get_shipment(session, shipment_id, actor=actor)


async def apply_scans(
    session: AsyncSession, shipment_id: UUID, scans: Sequence[Scan], *, limits: ShippingSettings
) -> int:
    """Keep what is new of a parcel's way, in its order; how many entries were.

    What is said to come, or of a parcel that has not left, is left out: it will be told again.
    """
    repository = WatchRepository(session)
    known = await repository.known(shipment_id, [each.id for each in scans])
    fresh = {each.id: each for each in scans if each.id not in known}
    kept = 0
    for scan in sorted(fresh.values(), key=lambda each: each.at):
        sighting = shipping.Sighting(
            state=scan.state,
            at=scan.at,
            location=scan.location,
            description=scan.description,
            provider_id=scan.id,
        )
        try:
            await shipping.record_tracking(
                session,
                shipment_id,
                sighting,
                actor=None,
                source=TrackingSource.CARRIER,
                limits=limits,
            )
        except (shipping.TrackingAhead, shipping.IllegalShipmentTransition) as refusal:
            log.info("parcel %s: %s", shipment_id, refusal)
        else:
            kept += 1
    if kept:
        await repository.heard(shipment_id)
    return kept


def tracker_of(carriers: Carriers, settings: CarrierSettings, parcel: RowMapping) -> str | None:
    """Who follows a parcel: its carrier's own system if it can, else the one that follows all."""
    own = carriers.get(parcel["adapter"]) if parcel["adapter"] is not None else None
    if own is not None and CarrierSkill.TRACK in own.skills:
        return own.code
    return settings.tracker if parcel["tracking_code"] is not None else None


async def _look(
    sessions: Sessions,
    carriers: Carriers,
    settings: CarrierSettings,
    limits: ShippingSettings,
    watch: RowMapping,
    *,
    public_url: str,
) -> None:
    shipment_id = watch["shipment_id"]
    async with unit_of_work(sessions) as session:
        parcel = await _parcel(session, shipment_id)
    port = able(carriers, watch["adapter"], CarrierSkill.TRACK)
    told_as = known_as(parcel)
    if watch["subscribed_at"] is None and CarrierSkill.PUSH in port.skills:
        url = public_url.rstrip("/") + CALLBACK + port.code
        reason = None
        try:
            await ask(port.subscribe(told_as, callback_url=url), settings)
        except CarrierRefused as refusal:
            reason = refusal.detail
        async with unit_of_work(sessions) as session:
            repository = WatchRepository(session)
            if reason is None:
                await repository.subscribed(shipment_id)
                return
            await repository.note(shipment_id, reason)
    scans = await ask(port.track(told_as), settings)
    async with unit_of_work(sessions) as session:
        await apply_scans(session, shipment_id, scans, limits=limits)


async def _parcel(session: AsyncSession, shipment_id: UUID) -> RowMapping:
    found = await LabelRepository(session).parcel(shipment_id)
    if found is None:
        raise NotFound("No such shipment")
    return found


def known_as(parcel: RowMapping) -> Parcel:
    """A parcel as whoever follows it knows it."""
    address: dict[str, Any] = parcel["address"] or {}
    return Parcel(
        carrier=called(parcel),
        tracking_number=parcel["tracking_number"],
        phone=address.get("phone"),
    )
