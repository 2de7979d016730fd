"""What was sold before this system kept stock."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.inventory.history import PastPromise, StockHistoryRepository

__all__ = ["PastPromise", "past_warehouses", "ship_past"]


async def past_warehouses(
    session: AsyncSession, merchant_ids: Collection[UUID], *, country: str
) -> dict[UUID, UUID]:
    """The warehouse each merchant's past goods left from, by merchant; made the first time.

    It serves nobody: stock is never promised there, and nothing lies in it.
    """
    return await StockHistoryRepository(session).warehouses(merchant_ids, country=country)


async def ship_past(
    session: AsyncSession,
    promises: Sequence[PastPromise],
    *,
    at: datetime,
    cause: str,
    actor: str,
) -> None:
    """Keep promises of the past: what left came in for it, so stock is what it was before."""
    moved: Counter[tuple[UUID, UUID]] = Counter()
    for each in promises:
        moved[each.sku_id, each.warehouse_id] += each.quantity
    await StockHistoryRepository(session).keep(promises, moved, at=at, cause=cause, actor=actor)
