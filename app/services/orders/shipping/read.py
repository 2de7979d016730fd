"""Lists of fulfilments and parcels, scoped to whoever asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentStatus
from app.core.enums.shipping import ShipmentState
from app.core.errors import NotFound
from app.repositories.orders.parcels import ParcelReader
from app.services.orders.shipping.pack import shipment_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentFilter:
    """None does not filter."""

    status: FulfilmentStatus | None = None
    warehouse_id: UUID | None = None
    merchant_id: UUID | None = None
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentFilter:
    """None does not filter."""

    state: ShipmentState | None = None
    order_id: UUID | None = None
    merchant_id: UUID | None = None
    tracking_number: str | None = None


async def list_fulfilments(
    session: AsyncSession, wanted: FulfilmentFilter, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """What is to be shipped of orders that are paid or paid at the door.

    The most urgent first, of those the oldest. One more than `limit`.
    """
    return await ParcelReader(session).fulfilments(
        status=wanted.status,
        warehouse_id=wanted.warehouse_id,
        merchant_id=wanted.merchant_id,
        order_id=wanted.order_id,
        after=after,
        limit=limit + 1,
    )


async def list_shipments(
    session: AsyncSession, wanted: ShipmentFilter, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """One more than `limit`, newest first."""
    return await ParcelReader(session).shipments(
        state=wanted.state,
        order_id=wanted.order_id,
        merchant_id=wanted.merchant_id,
        tracking_number=wanted.tracking_number,
        after=after,
        limit=limit + 1,
    )


async def get_shipment(session: AsyncSession, shipment_id: UUID, *, actor: Actor) -> RowMapping:
    """One parcel; merchants see their own. Raises `NotFound`."""
    found = await shipment_of(session, shipment_id)
    if actor.merchant_id not in {None, found["merchant_id"]}:
        raise NotFound("No such shipment")
    return found


async def sent(session: AsyncSession, order_id: UUID) -> Sequence[RowMapping]:
    """Parcels of what was bought that have left: `number`, and `units` by line."""
    return await ParcelReader(session).sent(order_id)
