"""What staff and merchants look up: stock, movements, reservations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.inventory import ReservationState
from app.repositories.inventory import ReservationRepository, StockFilter, StockRepository


@dataclass(frozen=True, slots=True)
class MovementFilter:
    sku_id: UUID | None = None
    warehouse_id: UUID | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReservationFilter:
    """`owner` is `order:<id>`."""

    owner: str | None = None
    sku_id: UUID | None = None
    state: ReservationState | None = None


async def list_stock(
    session: AsyncSession, wanted: StockFilter, *, after: tuple[UUID, UUID] | None, limit: int
) -> Sequence[Any]:
    """Stock rows in order of SKU and warehouse, after the pair given."""
    return await StockRepository(session).page(wanted, after=after, limit=limit)


async def list_movements(
    session: AsyncSession, wanted: MovementFilter, *, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Movements, newest first."""
    return await StockRepository(session).movements(
        sku_id=wanted.sku_id,
        warehouse_id=wanted.warehouse_id,
        since=wanted.since,
        after=after,
        limit=limit,
    )


async def list_reservations(
    session: AsyncSession, wanted: ReservationFilter, *, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Reservations, newest first."""
    return await ReservationRepository(session).page(
        owner=wanted.owner,
        sku_id=wanted.sku_id,
        state=wanted.state,
        after=after,
        limit=limit,
    )
