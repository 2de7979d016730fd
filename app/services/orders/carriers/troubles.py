"""What is wrong with parcels: noticed, told, and seen to by people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.carriers import ParcelTrouble
from app.core.enums.shipping import ShipmentState
from app.core.errors import NotFound
from app.core.settings import ShippingSettings
from app.repositories.orders import AxesRepository, ParcelCareRepository
from app.services import system
from app.services.orders.events import OrderEvent
from app.services.orders.payment_owner import named
from app.services.orders.shipping.pack import shipment_of

BY_ITSELF = "system"
TROUBLES = {
    ShipmentState.LOST: ParcelTrouble.LOST,
    ShipmentState.REFUSED: ParcelTrouble.REFUSED,
    ShipmentState.RETURNING: ParcelTrouble.RETURNING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelInTrouble(OrderEvent):
    """Somebody has to look at a parcel: it is silent, lost, refused or on its way back."""

    name: ClassVar[str] = "orders.parcel_in_trouble.v1"

    shipment_id: UUID
    shipment_number: str
    merchant_id: UUID
    kind: str


async def follow_move(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """A parcel is somewhere else: note what is wrong now, and what is not any more.

    Looks at where the parcel is rather than at what it is told, which may be late.
    """
    order = await AxesRepository(session).locked(UUID(str(payload["order_id"])))
    shipment_id = UUID(str(payload["shipment_id"]))
    parcel = await shipment_of(session, shipment_id)
    wrong = TROUBLES.get(ShipmentState(parcel["state"]))
    repository = ParcelCareRepository(session)
    over = [each for each in ParcelTrouble if each is not wrong]
    await repository.close(shipment_id, over, actor=BY_ITSELF)
    if order is not None and wrong is not None and await repository.open(shipment_id, wrong):
        await _tell(session, order, parcel, shipment_id, wrong)


async def flag_delayed(sessions: Sessions, limits: ShippingSettings, *, limit: int) -> int:
    """Note parcels nothing is heard of, and those something is heard of again; how many."""
    silence = limits.delayed_after_seconds
    async with unit_of_work(sessions) as session:
        repository = ParcelCareRepository(session)
        heard = await repository.heard_again(limit)
        overdue = await repository.overdue(silence_seconds=silence, limit=limit)
    for row in heard:
        async with unit_of_work(sessions) as session:
            await AxesRepository(session).locked(row["order_id"])
            await ParcelCareRepository(session).close(
                row["id"], [ParcelTrouble.DELAYED], actor=BY_ITSELF
            )
    for row in overdue:
        async with unit_of_work(sessions) as session:
            order = await AxesRepository(session).locked(row["order_id"])
            repository = ParcelCareRepository(session)
            parcel = await repository.still_silent(row["id"], silence)
            is_new = parcel is not None and await repository.open(row["id"], ParcelTrouble.DELAYED)
            if order is not None and parcel is not None and is_new:
                await _tell(session, order, parcel, row["id"], ParcelTrouble.DELAYED)
    return len(heard) + len(overdue)


async def list_troubles(
    session: AsyncSession,
    *,
    kind: ParcelTrouble | None,
    is_open: bool | None,
    merchant_id: UUID | None,
    order_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> Sequence[RowMapping]:
    """One more than `limit`, newest first."""
    return await ParcelCareRepository(session).page(
        after=after,
        limit=limit + 1,
        is_open=is_open,
        kind=kind,
        merchant_id=merchant_id,
        order_id=order_id,
    )


async def resolve_trouble(
    session: AsyncSession, exception_id: UUID, note: str, *, actor: Actor
) -> RowMapping:
    """Somebody saw to it; again changes nothing. Raises `NotFound`."""
    repository = ParcelCareRepository(session)
    found = await repository.one(exception_id)
    if found is None:
        raise NotFound("No such exception")
    await AxesRepository(session).locked(found["order_id"])
    found = await repository.one(exception_id)
    if found is not None and found["resolved_at"] is None:
        await repository.close(
            found["shipment_id"], [found["kind"]], actor=actor.principal, note=note
        )
        await system.record(
            session, actor, "orders.resolve_parcel", "parcel_exception", exception_id
        )
    after = await repository.one(exception_id)
    if after is None:
        raise NotFound("No such exception")
    return after


async def _tell(
    session: AsyncSession,
    order: RowMapping,
    parcel: RowMapping,
    shipment_id: UUID,
    kind: ParcelTrouble,
) -> None:
    if kind is ParcelTrouble.DELAYED:
        # The others stand in the timeline as moves of the parcel.
        told = {"shipment_number": parcel["number"]}
        await AxesRepository(session).move(
            order["id"], "parcel_delayed", is_public=False, data=told
        )
    await system.publish(
        session,
        ParcelInTrouble(
            **named(order),
            shipment_id=shipment_id,
            shipment_number=parcel["number"],
            merchant_id=parcel["merchant_id"],
            kind=kind,
        ),
    )
