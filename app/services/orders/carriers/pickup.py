"""Codes parcels are fetched with at a pickup point: shown to their buyer, checked by staff."""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.carriers import PickupCodeState
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.errors import DomainError, NotFound
from app.core.ids import new_id
from app.core.security import secrets
from app.core.settings import ShippingSettings
from app.repositories.orders import AxesRepository, PickupCodeRepository
from app.services import system
from app.services.orders import shipping
from app.services.orders.engine.parcel_care import (
    NothingToFetch,
    is_handed_over,
    require_waiting,
)
from app.services.system.ports import MessagePort

log = logging.getLogger(__name__)

WALL_CLOCK = ZoneInfo("Asia/Shanghai")
_TOLD = (
    "Parcel {number} waits at {point}. Your code is {code}, good until {until}."
    " / 包裹 {number} 已到 {point}，取件码 {code}，有效期至 {until}。"
)
DIGITS = 8
TRIES, TRIES_PER_SECONDS = 5, 600
"""How often a code of one parcel may be tried."""
CODES, CODES_PER_SECONDS = 5, 3_600
"""How often a shopper gets a new one."""


class WrongPickupPoint(DomainError):
    """`pickup_point_id` is where the parcel is to be fetched."""

    slug, title, title_zh = (
        "wrong-pickup-point",
        "The parcel is fetched somewhere else",
        "该包裹不在此自提点",
    )


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code as its buyer sees it; `code` is None once it has expired or was used."""

    shipment_number: str
    code: str | None
    expires_at: datetime
    used_at: datetime | None


def code_of(pepper: SecretStr, code_id: UUID) -> str:
    """The digits of a code. Derived, so that only its digest need be kept to show it again."""
    digest = secrets.digest(pepper, "pickup-code-digits", str(code_id))
    return f"{int(digest[:16], 16) % 10**DIGITS:0{DIGITS}d}"


async def issue_codes(
    sessions: Sessions, pepper: SecretStr, limits: ShippingSettings, *, limit: int
) -> int:
    """Give a code to each parcel that has arrived where it is fetched; how many."""
    async with unit_of_work(sessions) as session:
        rows = await PickupCodeRepository(session).uncoded(limit)
    for row in rows:
        async with unit_of_work(sessions) as session:
            await AxesRepository(session).locked(row["order_id"])
            if await PickupCodeRepository(session).current(row["id"]) is None:
                await _issue(session, row["id"], pepper, limits, is_seen=False)
    return len(rows)


async def tell_codes(
    sessions: Sessions, messages: MessagePort, pepper: SecretStr, *, limit: int
) -> int:
    """Send codes to the buyers who were not told of them yet; how many were sent.

    Each is claimed by one worker before it is sent; what could not be sent is tried again. Who
    cannot be reached sees the code with the order.
    """
    async with unit_of_work(sessions) as session:
        rows = await PickupCodeRepository(session).untold(limit)
    sent = 0
    for row in rows:
        if row["destination"] is None:
            continue
        text = _TOLD.format(
            number=row["number"],
            code=code_of(pepper, row["id"]),
            point=" ".join((row["point"] or "-").split()),  # a message is one line
            until=row["expires_at"].astimezone(WALL_CLOCK).strftime("%Y-%m-%d %H:%M"),
        )
        try:
            await messages.send(destination=row["destination"], kind="pickup_code", text=text)
        except Exception:
            log.exception("pickup code of %s", row["number"])
            async with unit_of_work(sessions) as session:
                await PickupCodeRepository(session).not_told(row["id"])
        else:
            sent += 1
    return sent


async def show_code(
    session: AsyncSession, order_id: UUID, number: str, *, actor: Actor, pepper: SecretStr
) -> ShownCode:
    """The code of an own parcel. Raises `NotFound`, `NothingToFetch`."""
    parcel = await _own(session, order_id, number, actor)
    found = await PickupCodeRepository(session).current(parcel["id"])
    if found is None:
        raise NothingToFetch("It has not arrived", state=parcel["state"])
    return _shown(number, found, pepper)


async def renew_code(
    sessions: Sessions,
    order_id: UUID,
    number: str,
    *,
    actor: Actor,
    pepper: SecretStr,
    limits: ShippingSettings,
) -> ShownCode:
    """Another code for an own parcel; the one before is worth nothing any more.

    Raises `NotFound`, `NothingToFetch`, `TooManyRequests`.
    """
    async with unit_of_work(sessions) as session:
        parcel = await _own(session, order_id, number, actor)
    async with unit_of_work(sessions) as session:
        key = f"pickup-renew:{parcel['id']}"
        await system.limits.take(session, key, CODES, CODES / CODES_PER_SECONDS)
    async with unit_of_work(sessions) as session:
        await AxesRepository(session).locked(order_id)
        parcel = await _own(session, order_id, number, actor)
        require_waiting(ShipmentState(parcel["state"]), is_fetched=parcel["is_fetched"])
        row = await _issue(session, parcel["id"], pepper, limits, is_seen=True)
        return _shown(number, row, pepper)


async def verify_code(
    sessions: Sessions,
    shipment_id: UUID,
    code: str,
    *,
    actor: Actor,
    pepper: SecretStr,
    limits: ShippingSettings,
    point_id: UUID | None = None,
) -> RowMapping:
    """Hand a parcel to whoever says its code: it is delivered. The same again changes nothing.

    Whoever says at which point refuses parcels of others. Raises `NotFound`, `WrongPickupPoint`,
    `TooManyRequests`, `PickupCodeWrong`, `PickupCodeExpired`,
    `NothingToFetch`, `IllegalShipmentTransition`.
    """
    async with unit_of_work(sessions) as session:
        shipment = await shipping.get_shipment(session, shipment_id, actor=actor)
        if point_id is not None:
            await _require_point(session, shipment_id, point_id)
    async with unit_of_work(sessions) as session:
        key = f"pickup:{shipment_id}"
        await system.limits.take(session, key, TRIES, TRIES / TRIES_PER_SECONDS)
    async with unit_of_work(sessions) as session:
        await AxesRepository(session).locked(shipment["order_id"])
        repository = PickupCodeRepository(session)
        found = await repository.current(shipment_id)
        is_right = found is not None and secrets.same(
            found["digest"], _digest(pepper, found["id"], code)
        )
        is_done = is_handed_over(
            _standing(found), ShipmentState(shipment["state"]), is_right=is_right
        )
        if found is not None and not is_done:
            await repository.use(found["id"], actor=actor.principal)
            sighting = shipping.Sighting(
                state=ShipmentState.DELIVERED, description="Fetched with its code"
            )
            is_merchant = actor.merchant_id is not None
            await shipping.record_tracking(
                session,
                shipment_id,
                sighting,
                actor=actor,
                source=TrackingSource.MERCHANT if is_merchant else TrackingSource.STAFF,
                limits=limits,
            )
        return await shipping.get_shipment(session, shipment_id, actor=actor)


async def _require_point(session: AsyncSession, shipment_id: UUID, point_id: UUID) -> None:
    wanted = await PickupCodeRepository(session).point_of(shipment_id)
    if wanted != str(point_id):
        raise WrongPickupPoint("Send its buyer there", pickup_point_id=wanted)


async def _own(session: AsyncSession, order_id: UUID, number: str, actor: Actor) -> RowMapping:
    found = await PickupCodeRepository(session).parcel(order_id, number)
    if found is None or found["member_id"] != actor.id:
        raise NotFound("No such parcel")
    return found


async def _issue(
    session: AsyncSession,
    shipment_id: UUID,
    pepper: SecretStr,
    limits: ShippingSettings,
    *,
    is_seen: bool,
) -> RowMapping:
    code_id = new_id()
    values = {
        "id": code_id,
        "digest": _digest(pepper, code_id, code_of(pepper, code_id)),
        "seconds": limits.pickup_code_seconds,
        "is_seen": is_seen,
    }
    return await PickupCodeRepository(session).replace(shipment_id, values)


def _standing(row: RowMapping | None) -> PickupCodeState:
    if row is None:
        return PickupCodeState.NONE
    if row["used_at"] is not None:
        return PickupCodeState.USED
    return PickupCodeState.EXPIRED if row.get("is_expired", False) else PickupCodeState.GOOD


def _digest(pepper: SecretStr, code_id: UUID, code: str) -> str:
    return secrets.digest(pepper, "pickup-code", str(code_id), code)


def _shown(number: str, row: RowMapping, pepper: SecretStr) -> ShownCode:
    is_good = _standing(row) is PickupCodeState.GOOD
    code = code_of(pepper, row["id"]) if is_good else None
    return ShownCode(number, code, row["expires_at"], row["used_at"])
