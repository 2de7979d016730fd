"""Corrections by hand."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.enums.inventory import AdjustmentState
from app.models.stocktakes import StockAdjustment, StockAdjustmentLine

_LINES = text("""
    SELECT l.adjustment_id, l.sku_id, k.code AS sku_code, l.grade, l.quantity, l.note,
           l.batch_id, b.number AS batch, k.cost_minor, k.cost_currency
      FROM stock_adjustment_lines l JOIN skus k ON k.id = l.sku_id
      LEFT JOIN stock_batches b ON b.id = l.batch_id
     WHERE l.adjustment_id = ANY(CAST(:ids AS uuid[])) ORDER BY l.adjustment_id, l.place
""")


class AdjustmentRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: StockAdjustment, lines: Iterable[StockAdjustmentLine]) -> None:
        self._session.add(row)
        await self._session.flush()
        self._session.add_all(lines)
        await self._session.flush()
        await self._session.refresh(row)

    async def get(self, adjustment_id: UUID, *, lock: bool = False) -> StockAdjustment | None:
        found = select(StockAdjustment).where(StockAdjustment.id == adjustment_id)
        if lock:
            found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
        return await self._session.scalar(found)

    async def move(self, row: StockAdjustment, state: AdjustmentState, **facts: Any) -> None:
        """Facts are columns, e.g. who did it."""
        for name, value in {"state": state, "updated_at": clock.now(), **facts}.items():
            setattr(row, name, value)
        row.version += 1
        await self._session.flush()

    async def lines(self, adjustment_ids: Sequence[UUID]) -> Sequence[RowMapping]:
        """Lines by adjustment, in the order they were given in."""
        found = await self._session.execute(_LINES, {"ids": list(adjustment_ids)})
        return found.mappings().all()

    async def page(
        self,
        *,
        warehouse_id: UUID | None,
        state: AdjustmentState | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[StockAdjustment]:
        """The newest first."""
        found = select(StockAdjustment).order_by(StockAdjustment.id.desc()).limit(limit)
        if warehouse_id is not None:
            found = found.where(StockAdjustment.warehouse_id == warehouse_id)
        if state is not None:
            found = found.where(StockAdjustment.state == state)
        if after is not None:
            found = found.where(StockAdjustment.id < after)
        return (await self._session.scalars(found)).all()
