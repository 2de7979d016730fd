"""Warnings of stock that runs low, lasts too long, does not sell, or expires soon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.inventory import AlertKind, AlertState
from app.core.inventory_settings import InventorySettings
from app.models.stock_alerts import StockAlert
from app.repositories.inventory import StockRepository
from app.repositories.inventory.alerts import AlertRepository
from app.services import system
from app.services.inventory.documents import found
from app.services.inventory.errors import IllegalStockTransition, UnknownStock
from app.services.inventory.events import LowStock, StockAlerted

DAYS = ("low_days", "over_days", "slow_days", "expiry_days")
AT_ONCE = 1_000
"""Alerts opened in one transaction."""


class Limits(NamedTuple):
    """Pieces at which stock is low and above which it is too much, days without a sale.

    And days before the last on which a batch is sold. None is what the settings say.
    """

    low: int | None
    over: int | None
    slow_days: int | None
    expiry_days: int | None


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Without a state alerts that are not over."""

    kind: AlertKind | None = None
    state: AlertState | None = None
    warehouse_id: UUID | None = None


async def count_sales(session: AsyncSession, settings: InventorySettings) -> None:
    """Count what was sold of everything in the last days, which says how long stock lasts."""
    await AlertRepository(session).count_sales(settings.sales_days)


async def watch(session: AsyncSession, settings: InventorySettings) -> int:
    """Open an alert for what crossed a limit, end those of what is well again; how many are new.

    Published once for each crossing, however many run this; sales write nothing. What went down
    and up again between two runs is not told.
    """
    repository = AlertRepository(session)
    limits = {name: getattr(settings, name) for name in DAYS}
    await repository.end(limits)
    opened = await repository.open(limits, limit=AT_ONCE)
    for row in opened:
        facts = {
            "alert_id": row.id,
            "sku_id": row.sku_id,
            "warehouse_id": row.warehouse_id,
            "available": row.available,
            "threshold": row.threshold,
            "days_of_cover": row.days_of_cover,
        }
        is_low = row.kind == AlertKind.LOW
        event = LowStock(**facts) if is_low else StockAlerted(kind=AlertKind(row.kind), **facts)
        await system.publish(session, event)
    return len(opened)


async def acknowledge(
    session: AsyncSession, alert_id: UUID, *, version: int, note: str | None, actor: Actor
) -> StockAlert:
    """Say that somebody sees to it. Raises `NotFound`, `StaleVersion`, `IllegalStockTransition`."""
    repository = AlertRepository(session)
    row = found(await repository.locked(alert_id), "alert", version=version)
    if row.state == AlertState.OVER:
        raise IllegalStockTransition("Stock is as it should be again", state=row.state)
    await repository.acknowledge(row, actor.principal, note)
    await system.record(session, actor, "inventory.acknowledge_alert", "stock_alert", row.id)
    return row


async def list_alerts(
    session: AsyncSession, wanted: AlertFilter, *, after: UUID | None, limit: int
) -> Sequence[StockAlert]:
    """Alerts, newest first."""
    return await AlertRepository(session).page(
        kind=wanted.kind,
        state=wanted.state,
        warehouse_id=wanted.warehouse_id,
        after=after,
        limit=limit,
    )


async def set_limits(
    session: AsyncSession, warehouse_id: UUID, rows: Mapping[UUID, Limits], *, actor: Actor
) -> None:
    """Give SKUs of a warehouse limits of their own. Raises `UnknownStock`."""
    unknown, warehouses = await StockRepository(session).missing(list(rows), [warehouse_id])
    if unknown or warehouses:
        raise UnknownStock(
            "Some rows name an unknown SKU or warehouse",
            sku_ids=sorted(map(str, unknown)),
            warehouse_ids=sorted(map(str, warehouses)),
        )
    changes = {str(sku_id): list(each) for sku_id, each in sorted(rows.items())}
    await system.record(session, actor, "inventory.set_limits", "warehouse", warehouse_id, changes)
    found = {sku_id: each._asdict() for sku_id, each in sorted(rows.items())}
    await AlertRepository(session).set(warehouse_id, found)


async def list_limits(
    session: AsyncSession, *, after: tuple[UUID, UUID] | None, limit: int
) -> Sequence[RowMapping]:
    """Limits SKUs have of their own, in order of SKU and warehouse."""
    return await AlertRepository(session).thresholds(after=after, limit=limit)
