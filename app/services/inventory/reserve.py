"""Promising stock to an owner, keeping the promise, and taking it back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.inventory import ReservationRepository, StockRepository
from app.services.inventory.engine import Allocation, Level, Wanted, allocate, combine, shortages
from app.services.inventory.errors import OutOfStock


async def reserve(
    session: AsyncSession,
    *,
    owner: str,
    member_id: UUID,
    channel_id: UUID,
    wanted: Sequence[Wanted],
    expires_at: datetime,
) -> tuple[Allocation, ...]:
    """Hold stock for `owner` until `expires_at`, all of it or none.

    Warehouses are chosen from a reading without locks; the rows are then locked by SKU and
    warehouse, checked and taken in one statement, so a hot row is held for one round trip. When
    somebody was faster, the choice is made again under those locks. Raises `OutOfStock` naming
    every SKU that falls short with what there is of it; lines of one SKU count together.
    """
    need = combine(wanted)
    rows = await StockRepository(session).levels(list(need), channel_id)
    levels = [Level(*row) for row in rows]
    reservations = ReservationRepository(session)
    candidates = sorted({level.warehouse_id for level in levels})
    for _ in range(2):
        if short := shortages(levels, need):
            raise OutOfStock("Not enough stock", available=_named(short))
        chosen = allocate(levels, need)
        is_held, current = await reservations.hold(
            [(each.sku_id, each.warehouse_id, each.quantity) for each in chosen],
            candidates=candidates,
            owner=owner,
            member_id=member_id,
            expires_at=expires_at,
        )
        if is_held:
            return chosen
        levels = [
            level._replace(available=current.get((level.sku_id, level.warehouse_id), 0))
            for level in levels
        ]
    raise AssertionError("stock changed under its lock")


async def commit(session: AsyncSession, owner: str) -> bool:
    """Turn what `owner` holds into a promise without expiry, once it is paid for.

    What had expired meanwhile is taken anew in the same warehouses. False, with nothing changed,
    when that is impossible or the reservations were released. Committing again changes nothing.
    """
    return await ReservationRepository(session).commit(owner)


async def release(session: AsyncSession, owner: str) -> None:
    """Give back what `owner` holds or was promised; what is given back once stays so."""
    await ReservationRepository(session).release(owner)


async def sweep(session: AsyncSession, *, limit: int) -> int:
    """Expire up to `limit` holds past their time and free their stock; return how many.

    Runs safely on several machines at once: each skips what another is handling.
    """
    return await ReservationRepository(session).expire(limit)


async def available(
    session: AsyncSession, sku_ids: Sequence[UUID], channel_id: UUID
) -> dict[UUID, int]:
    """Pieces a channel can still promise of each SKU; SKUs without stock count zero."""
    found = await StockRepository(session).available(sku_ids, channel_id)
    return {sku_id: found.get(sku_id, 0) for sku_id in sku_ids}


def _named(counts: dict[UUID, int]) -> dict[str, int]:
    return {str(sku_id): n for sku_id, n in counts.items()}
