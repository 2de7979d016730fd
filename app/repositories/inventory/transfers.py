"""Transfers between warehouses, and the pieces that are in transit."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.enums.inventory import TransferState
from app.core.ids import new_id
from app.models.transfers import StockTransfer

# Where goods are going, a row of stock tells what is on its way.
_ADD_LINES = text("""
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:quantities AS int[]))
                   AS a(sku_id, quantity)),
    shown AS (
        INSERT INTO stock (sku_id, warehouse_id)
        SELECT sku_id, CAST(:to_warehouse_id AS uuid) FROM asked ORDER BY sku_id
        ON CONFLICT DO NOTHING)
    INSERT INTO stock_transfer_lines (transfer_id, sku_id, quantity)
    SELECT CAST(:id AS uuid), sku_id, quantity FROM asked
""")
_SHIP = text("""
    UPDATE stock_transfer_lines l SET shipped = s.shipped
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:shipped AS int[])) AS s(sku_id, shipped)
     WHERE l.transfer_id = :id AND l.sku_id = s.sku_id
""")
_RECEIVE = text("""
    WITH came AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:received AS int[]),
            CAST(:damaged AS int[]), CAST(:over AS int[]), CAST(:over_damaged AS int[])
        ) AS c(id, sku_id, received, damaged, over, over_damaged)),
    kept AS (
        INSERT INTO stock_transfer_receipts
               (id, transfer_id, sku_id, received, damaged, over, over_damaged, received_by)
        SELECT id, CAST(:id AS uuid), sku_id, received, damaged, over, over_damaged, :received_by
          FROM came)
    UPDATE stock_transfer_lines l
       SET received = l.received + c.received, damaged = l.damaged + c.damaged,
           over = l.over + c.over, over_damaged = l.over_damaged + c.over_damaged
      FROM came c WHERE l.transfer_id = :id AND l.sku_id = c.sku_id
""")
_GIVE_UP = text("""
    UPDATE stock_transfer_lines SET lost = shipped - received - damaged
     WHERE transfer_id = :id
""")
_LINES = text("""
    SELECT l.transfer_id, l.sku_id, k.code AS sku_code, l.quantity, l.shipped, l.received,
           l.damaged, l.over, l.over_damaged, l.lost
      FROM stock_transfer_lines l JOIN skus k ON k.id = l.sku_id
     WHERE l.transfer_id = ANY(CAST(:ids AS uuid[])) ORDER BY l.transfer_id, l.sku_id
""")
_RECEIVERS = text(
    "SELECT DISTINCT received_by FROM stock_transfer_receipts WHERE transfer_id = :id"
)


class TransferRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: StockTransfer, pieces: Mapping[UUID, int]) -> None:
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)
        values = {
            "id": row.id,
            "to_warehouse_id": row.to_warehouse_id,
            "sku_ids": list(pieces),
            "quantities": list(pieces.values()),
        }
        await self._session.execute(_ADD_LINES, values)

    async def get(self, transfer_id: UUID, *, lock: bool = False) -> StockTransfer | None:
        found = select(StockTransfer).where(StockTransfer.id == transfer_id)
        if lock:
            found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
        return await self._session.scalar(found)

    async def move(self, row: StockTransfer, state: TransferState, **facts: Any) -> None:
        """Facts are columns, e.g. who did it."""
        for name, value in {"state": state, "updated_at": clock.now(), **facts}.items():
            setattr(row, name, value)
        row.version += 1
        await self._session.flush()

    async def ship(self, transfer_id: UUID, pieces: Mapping[UUID, int]) -> None:
        values = {
            "id": transfer_id,
            "sku_ids": list(pieces),
            "shipped": list(pieces.values()),
        }
        await self._session.execute(_SHIP, values)

    async def receive(
        self, transfer_id: UUID, came: Mapping[UUID, tuple[int, int, int, int]], *, by: str
    ) -> None:
        """Count pieces `(received, damaged, over, over_damaged)` by SKU; keep who took them in."""
        values = {
            "id": transfer_id,
            "ids": [new_id() for _ in came],
            "sku_ids": list(came),
            "received": [each[0] for each in came.values()],
            "damaged": [each[1] for each in came.values()],
            "over": [each[2] for each in came.values()],
            "over_damaged": [each[3] for each in came.values()],
            "received_by": by,
        }
        await self._session.execute(_RECEIVE, values)

    async def give_up(self, transfer_id: UUID) -> None:
        """What has not arrived is lost."""
        await self._session.execute(_GIVE_UP, {"id": transfer_id})

    async def lines(self, transfer_ids: Sequence[UUID]) -> Sequence[RowMapping]:
        """Lines by transfer, in order of SKU."""
        found = await self._session.execute(_LINES, {"ids": list(transfer_ids)})
        return found.mappings().all()

    async def receivers(self, transfer_id: UUID) -> list[str]:
        return list(await self._session.scalars(_RECEIVERS, {"id": transfer_id}))

    async def page(
        self,
        *,
        from_warehouse_id: UUID | None,
        to_warehouse_id: UUID | None,
        state: TransferState | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[StockTransfer]:
        """The newest first."""
        found = select(StockTransfer).order_by(StockTransfer.id.desc()).limit(limit)
        if from_warehouse_id is not None:
            found = found.where(StockTransfer.from_warehouse_id == from_warehouse_id)
        if to_warehouse_id is not None:
            found = found.where(StockTransfer.to_warehouse_id == to_warehouse_id)
        if state is not None:
            found = found.where(StockTransfer.state == state)
        if after is not None:
            found = found.where(StockTransfer.id < after)
        return (await self._session.scalars(found)).all()
