"""The last pieces that shoppers are not promised, and what has come down to them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.repositories.inventory import StockRepository
from app.repositories.inventory.safety import SafetyRepository
from app.services import system
from app.services.inventory.errors import UnknownStock


async def keep(
    session: AsyncSession, warehouse_id: UUID, pieces: Mapping[UUID, int], *, actor: Actor
) -> None:
    """Keep the last pieces of SKUs in a warehouse from shoppers; those promised stay promised.

    Raises `UnknownStock`.
    """
    unknown, warehouses = await StockRepository(session).missing(list(pieces), [warehouse_id])
    if unknown or warehouses:
        raise UnknownStock(
            "Some rows name an unknown SKU or warehouse",
            sku_ids=sorted(map(str, unknown)),
            warehouse_ids=sorted(map(str, warehouses)),
        )
    changes = {str(sku_id): n for sku_id, n in sorted(pieces.items())}
    await system.record(session, actor, "inventory.keep_safety", "warehouse", warehouse_id, changes)
    await SafetyRepository(session).set(warehouse_id, dict(sorted(pieces.items())))


async def low(
    session: AsyncSession,
    *,
    warehouse_id: UUID | None = None,
    days: int,
    after: tuple[UUID, UUID] | None,
    limit: int,
) -> Sequence[Any]:
    """Stock of which no more is free than its safety stock, and how long that lasts.

    What was sold in the last `days` says how fast it goes. In order of SKU and warehouse.
    """
    return await SafetyRepository(session).low(
        warehouse_id=warehouse_id, days=days, after=after, limit=limit
    )
