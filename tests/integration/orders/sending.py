"""Parcels in tests: what a warehouse does, in few words."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.settings import ShippingSettings
from app.services import orders
from tests.factories.payments import staff

LIMITS = ShippingSettings()
CLERK = staff()


async def part_of(session: AsyncSession, order_id: UUID) -> Any:
    """The only fulfilment of an order."""
    wanted = orders.shipping.FulfilmentFilter(order_id=order_id)
    found = await orders.shipping.list_fulfilments(session, wanted, after=None, limit=9)
    (part,) = found
    return part


async def parcel(
    session: AsyncSession,
    order_id: UUID,
    pieces: Mapping[UUID, int] | None = None,
    *,
    number: str | None = None,
) -> orders.shipping.PackParcel:
    return orders.shipping.PackParcel(
        fulfilment_id=(await part_of(session, order_id))["id"],
        waybill=orders.shipping.Waybill(carrier_code="sf", tracking_number=number),
        pieces=pieces,
    )


async def send(
    session: AsyncSession, order_id: UUID, pieces: Mapping[UUID, int] | None = None
) -> Any:
    """A parcel that left."""
    command = await parcel(session, order_id, pieces)
    return await orders.shipping.ship(session, command, actor=CLERK, limits=LIMITS)


async def line_ids(session: AsyncSession, order_id: UUID) -> list[UUID]:
    """Lines of an order in their order."""
    statement = text("SELECT id FROM order_lines WHERE order_id = :id ORDER BY position")
    return list((await session.scalars(statement, {"id": order_id})).all())


async def on_stock(session: AsyncSession, sku_id: UUID) -> tuple[int, int]:
    """On hand and reserved."""
    statement = text("SELECT on_hand, reserved FROM stock WHERE sku_id = :id")
    on_hand, reserved = (await session.execute(statement, {"id": sku_id})).one()
    return on_hand, reserved
