"""What is told by itself: stored first, then applied; the same again changes nothing."""

import hashlib
import logging
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.errors import DomainError, NotFound
from app.core.settings import ShippingSettings
from app.repositories.orders import WatchRepository
from app.services.orders.carriers.calls import Carriers
from app.services.orders.carriers.follow import apply_scans
from app.services.orders.carriers.ports import Push

log = logging.getLogger(__name__)
KEPT_DAYS = 30
FORGOTTEN_AT_ONCE = 5_000
DUPLICATE, UNKNOWN, NOTHING_NEW, APPLIED = "duplicate", "unknown_parcel", "nothing_new", "applied"


async def receive_push(
    sessions: Sessions,
    carriers: Carriers,
    adapter: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    limits: ShippingSettings,
) -> str:
    """Store a push, then move its parcel; what became of it.

    One of a parcel nobody knows is done with: it may be another shop's, or come before its number
    was typed in, and then the parcel is asked about. Raises `NotFound` for a system the settings
    do not know, `SignatureInvalid` and `PushUnreadable` before anything is written.
    """
    port = carriers.get(adapter)
    if port is None:
        raise NotFound("No such system")
    push = port.verify_push(headers, body)
    values = {
        "adapter": adapter,
        "digest": hashlib.sha256(body).hexdigest(),
        "carrier": push.parcel.carrier[:64],
        "tracking_number": push.parcel.tracking_number[:64],
        "raw": body,
    }
    async with unit_of_work(sessions) as session:
        push_id, is_done = await WatchRepository(session).store(values)
    if is_done:
        return DUPLICATE
    async with unit_of_work(sessions) as session:
        return await _process(session, push_id, push, limits)


async def retry_pushes(
    sessions: Sessions, carriers: Carriers, limits: ShippingSettings, *, limit: int
) -> int:
    """Apply what was stored and could not be applied then; forget what is a month old."""
    async with unit_of_work(sessions) as session:
        repository = WatchRepository(session)
        await repository.forget(older_than_days=KEPT_DAYS, limit=FORGOTTEN_AT_ONCE)
        waiting = await repository.waiting(limit)
    for row in waiting:
        port = carriers.get(row["adapter"])
        if port is None:
            continue
        try:
            push = port.verify_push({}, row["raw"])
            async with unit_of_work(sessions) as session:
                await _process(session, row["id"], push, limits)
        except DomainError as error:
            log.warning("push %s: %s", row["id"], error)
            async with unit_of_work(sessions) as session:
                await WatchRepository(session).processed(row["id"], error.slug)
    return len(waiting)


async def _process(
    session: AsyncSession, push_id: UUID, push: Push, limits: ShippingSettings
) -> str:
    repository = WatchRepository(session)
    parcel = push.parcel
    shipment_id = await repository.named(parcel.carrier, parcel.tracking_number)
    if shipment_id is None:
        outcome = UNKNOWN
    else:
        kept = await apply_scans(session, shipment_id, push.scans, limits=limits)
        outcome = APPLIED if kept else NOTHING_NEW
    await repository.processed(push_id, outcome)
    return outcome
