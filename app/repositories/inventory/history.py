"""Stock of the past: what another system sold came and went before, and is nowhere now."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.copying import copy_rows
from app.core.enums.inventory import MovementKind, ReservationState, StockGrade
from app.core.ids import new_id, new_id_at

_WAREHOUSES = text("""
    WITH wanted AS (
        SELECT m.id, 'past-' || left(m.code, 59) AS code, m.name
        FROM merchants m WHERE m.id = ANY (CAST(:merchant_ids AS uuid[]))),
    made AS (
        INSERT INTO warehouses (id, merchant_id, code, name, country, priority, is_active)
        SELECT gen_random_uuid(), id, code, left(name, 180) || ' (past)', :country, 1000, false
        FROM wanted
        ON CONFLICT (code) DO NOTHING RETURNING id, merchant_id)
    SELECT merchant_id, id FROM made
    UNION ALL
    SELECT w.merchant_id, w.id FROM wanted x
    JOIN warehouses w ON w.code = x.code AND w.merchant_id = x.id AND NOT w.is_active
""")


class PastPromise(NamedTuple):
    """Pieces of a SKU that an owner (`order:<id>`) was promised and got."""

    owner: str
    member_id: UUID
    sku_id: UUID
    warehouse_id: UUID
    quantity: int
    shipped_at: datetime


class StockHistoryRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def warehouses(self, merchant_ids: Collection[UUID], *, country: str) -> dict[UUID, UUID]:
        """Each merchant's warehouse of the past by merchant, made where there is none."""
        values = {"merchant_ids": list(merchant_ids), "country": country}
        found = await self._session.execute(_WAREHOUSES, values)
        return {row.merchant_id: row.id for row in found}

    async def keep(
        self,
        promises: Sequence[PastPromise],
        moved: Mapping[tuple[UUID, UUID], int],
        *,
        at: datetime,
        cause: str,
        actor: str,
    ) -> None:
        """Write kept promises, and what came in for them and left by SKU and warehouse."""
        rows: list[dict[str, Any]] = [
            {
                "id": new_id_at(each.shipped_at),
                "created_at": each.shipped_at,
                "owner": each.owner,
                "member_id": each.member_id,
                "sku_id": each.sku_id,
                "warehouse_id": each.warehouse_id,
                "quantity": each.quantity,
                "shipped": each.quantity,
                "changed_at": each.shipped_at,
            }
            for each in promises
        ]
        state = ReservationState.SHIPPED.value
        await copy_rows(self._session, "reservations", rows, state=state)
        movements: list[dict[str, Any]] = [
            {
                "id": new_id(),
                "sku_id": sku_id,
                "warehouse_id": warehouse_id,
                "kind": kind.value,
                "quantity": quantity,
                "on_hand_after": max(0, quantity),
            }
            for (sku_id, warehouse_id), pieces in moved.items()
            for kind, quantity in (
                (MovementKind.RECEIPT, pieces),
                (MovementKind.SHIPMENT, -pieces),
            )
        ]
        same = {"created_at": at, "grade": StockGrade.SELLABLE.value, "cause": cause}
        await copy_rows(self._session, "stock_movements", movements, **same, actor=actor)
