"""Keeping warehouses: where stock lies and which channels it serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.inventory import Warehouse
from app.repositories.inventory import WarehouseRepository
from app.services import system


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseChange:
    """What may be said about a warehouse. It serves the channels named, or all if none is.

    `service_regions` are `{regions, steps}`: how far it counts as, whatever divisions say.
    """

    name: str
    country: str
    region_code: str | None = None
    priority: int = 100
    is_active: bool = True
    service_regions: tuple[Mapping[str, Any], ...] = ()
    handling_minor: int = 0
    channel_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class WarehouseView:
    warehouse: Warehouse
    channel_ids: tuple[UUID, ...]


async def create_warehouse(
    session: AsyncSession, change: WarehouseChange, *, code: str, merchant_id: UUID, actor: Actor
) -> WarehouseView:
    """Raises `AlreadyExists` for a taken code, `InvalidReference` for an unknown merchant."""
    row = Warehouse(id=new_id(), code=code, merchant_id=merchant_id, version=1)
    view = await _save(session, row, change)
    await _record(session, actor, "inventory.create_warehouse", row)
    return view


async def edit_warehouse(
    session: AsyncSession,
    warehouse_id: UUID,
    change: WarehouseChange,
    *,
    version: int,
    actor: Actor,
) -> WarehouseView:
    """Raises `NotFound`, and `StaleVersion` unless `version` is the current one."""
    row = await WarehouseRepository(session).get(warehouse_id, lock=True)
    if row is None:
        raise NotFound("There is no such warehouse")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    row.version += 1
    view = await _save(session, row, change)
    await _record(session, actor, "inventory.edit_warehouse", row)
    return view


async def get_warehouse(session: AsyncSession, warehouse_id: UUID) -> WarehouseView:
    warehouses = WarehouseRepository(session)
    row = await warehouses.get(warehouse_id)
    if row is None:
        raise NotFound("There is no such warehouse")
    channels = await warehouses.channels([warehouse_id])
    return WarehouseView(row, tuple(channels.get(warehouse_id, ())))


async def list_warehouses(
    session: AsyncSession, *, merchant_id: UUID | None = None, after: UUID | None, limit: int
) -> Sequence[WarehouseView]:
    """Warehouses, oldest first."""
    warehouses = WarehouseRepository(session)
    rows = await warehouses.page(merchant_id=merchant_id, after=after, limit=limit)
    channels = await warehouses.channels([row.id for row in rows])
    return [WarehouseView(row, tuple(channels.get(row.id, ()))) for row in rows]


async def _save(session: AsyncSession, row: Warehouse, change: WarehouseChange) -> WarehouseView:
    warehouses = WarehouseRepository(session)
    row.name, row.country, row.region_code = change.name, change.country, change.region_code
    row.priority, row.is_active = change.priority, change.is_active
    row.service_regions = [dict(each) for each in change.service_regions]
    row.handling_minor = change.handling_minor
    row.updated_at = func.now()
    warehouses.add(row)
    try:
        await session.flush()
        await warehouses.assign(row.id, change.channel_ids)
    except IntegrityError as error:
        raise _reason(error, row.code) from error
    await session.refresh(row)
    return WarehouseView(row, tuple(sorted(set(change.channel_ids))))


async def _record(session: AsyncSession, actor: Actor, action: str, row: Warehouse) -> None:
    changes = {"code": row.code, "priority": row.priority, "is_active": row.is_active}
    await system.record(session, actor, action, "warehouse", row.id, changes)


def _reason(error: IntegrityError, code: str) -> AlreadyExists | InvalidReference:
    if "uq_warehouses_code" in str(error.orig):
        return AlreadyExists(f"Code {code} is taken", field="code")
    return InvalidReference("The merchant or a channel does not exist")
