"""Warehouses and stock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id, random_code
from app.models.inventory import ChannelWarehouse, Warehouse
from app.services import inventory


async def make_warehouse(
    session: AsyncSession, merchant_id: UUID, *, channel_id: UUID | None = None, **overrides: Any
) -> Warehouse:
    """An active warehouse; with `channel_id` it becomes one of those that serve the channel."""
    code = random_code(8)
    warehouse = Warehouse(
        **{
            "id": new_id(),
            "merchant_id": merchant_id,
            "code": f"WH-{code}",
            "name": f"Warehouse {code}",
            "country": "CN",
            "priority": 100,
            **overrides,
        }
    )
    session.add(warehouse)
    await session.flush()
    if channel_id is not None:
        session.add(ChannelWarehouse(channel_id=channel_id, warehouse_id=warehouse.id))
        await session.flush()
    return warehouse


async def reserve(
    session: AsyncSession,
    *,
    owner: str,
    member_id: UUID,
    channel_id: UUID,
    wanted: Sequence[inventory.Wanted],
    expires_at: datetime | None,
) -> Sequence[inventory.Allocation]:
    """Choose and hold, as placing an order does at its beginning and its end."""
    chosen = await inventory.choose(session, channel_id=channel_id, wanted=wanted)
    await inventory.hold(
        session,
        chosen,
        owner=owner,
        member_id=member_id,
        channel_id=channel_id,
        expires_at=expires_at,
    )
    return chosen


async def put_stock(
    session: AsyncSession, sku_id: UUID, warehouse_id: UUID, quantity: int = 10
) -> None:
    """`quantity` more units on hand, with the movement that says where they came from."""
    await session.execute(
        text(
            "WITH put AS (INSERT INTO stock (sku_id, warehouse_id, on_hand)"
            " VALUES (:sku_id, :warehouse_id, :quantity)"
            " ON CONFLICT (sku_id, warehouse_id)"
            " DO UPDATE SET on_hand = stock.on_hand + excluded.on_hand"
            " RETURNING sku_id, warehouse_id, on_hand)"
            " INSERT INTO stock_movements"
            " (id, sku_id, warehouse_id, kind, quantity, on_hand_after, cause)"
            " SELECT :id, sku_id, warehouse_id, 'receipt', :quantity, on_hand, 'test' FROM put"
            " WHERE :quantity <> 0"
        ),
        {"id": new_id(), "sku_id": sku_id, "warehouse_id": warehouse_id, "quantity": quantity},
    )
