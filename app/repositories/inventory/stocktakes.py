"""Stocktakes, what was counted, and the differences that come of it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.enums.inventory import StocktakeState
from app.core.ids import new_id
from app.models.stocktakes import Stocktake
from app.repositories.keyset import before, beyond

_LINES_OF_ALL = text("""
    INSERT INTO stocktake_lines (stocktake_id, sku_id)
    SELECT CAST(:id AS uuid), sku_id FROM stock WHERE warehouse_id = :warehouse_id
""")
_LINES_OF_SOME = text("""
    INSERT INTO stocktake_lines (stocktake_id, sku_id)
    SELECT CAST(:id AS uuid), sku_id FROM unnest(CAST(:sku_ids AS uuid[])) AS s(sku_id)
""")
_STRANGE = text("""
    SELECT s.sku_id FROM unnest(CAST(:sku_ids AS uuid[])) AS s(sku_id)
     WHERE NOT EXISTS (SELECT FROM stocktake_lines l
                        WHERE l.stocktake_id = :id AND l.sku_id = s.sku_id)
""")
# What is expected is read in the statement that keeps the count: what is sold before or after it
# is no difference.
_COUNT = text("""
    WITH said AS MATERIALIZED (
        SELECT c.id, c.sku_id, c.counted, coalesce(s.on_hand, 0) AS expected
          FROM unnest(CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:counted AS int[]))
               AS c(id, sku_id, counted)
          LEFT JOIN stock s ON s.sku_id = c.sku_id AND s.warehouse_id = :warehouse_id),
    kept AS (
        INSERT INTO stocktake_counts (id, stocktake_id, sku_id, counted, expected, counted_by)
        SELECT id, CAST(:id AS uuid), sku_id, counted, expected, :counted_by FROM said)
    INSERT INTO stocktake_lines (stocktake_id, sku_id, counted, expected, counted_by)
    SELECT CAST(:id AS uuid), sku_id, counted, expected, :counted_by FROM said
    ON CONFLICT (stocktake_id, sku_id) DO UPDATE
    SET counted = excluded.counted, expected = excluded.expected, counted_by = excluded.counted_by
""")
_SUMMARY = text("""
    SELECT count(*) AS lines, count(counted) AS counted,
           count(*) FILTER (WHERE counted <> expected) AS differing,
           coalesce(sum(greatest(counted - expected, 0)), 0)::int AS too_many,
           coalesce(sum(greatest(expected - counted, 0)), 0)::int AS too_few
      FROM stocktake_lines WHERE stocktake_id = :id
""")
_DIFFERENCES = text("""
    SELECT l.sku_id, l.counted - l.expected AS quantity, k.cost_minor, k.cost_currency
      FROM stocktake_lines l JOIN skus k ON k.id = l.sku_id
     WHERE l.stocktake_id = :id AND l.counted <> l.expected ORDER BY l.sku_id
""")
_COUNTERS = text(
    "SELECT DISTINCT counted_by FROM stocktake_lines"
    " WHERE stocktake_id = :id AND counted_by IS NOT NULL"
)
_LINES = """
    SELECT l.sku_id, k.code AS sku_code, p.name, l.counted, l.expected,
           l.counted - l.expected AS difference, l.counted_by
      FROM stocktake_lines l
      JOIN skus k ON k.id = l.sku_id
      JOIN spus p ON p.id = k.spu_id
     WHERE l.stocktake_id = :id AND {page} ORDER BY l.sku_id LIMIT {limit}
"""
_COUNTS = """
    SELECT id, created_at, sku_id, counted, expected, counted_by FROM stocktake_counts
     WHERE stocktake_id = :id AND {page} ORDER BY id DESC LIMIT {limit}
"""


class StocktakeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: Stocktake, sku_ids: Sequence[UUID]) -> None:
        """Keep it with a line for each SKU, or for each that lies in the warehouse."""
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)
        if row.is_all:
            values: dict[str, Any] = {"id": row.id, "warehouse_id": row.warehouse_id}
            await self._session.execute(_LINES_OF_ALL, values)
        else:
            await self._session.execute(_LINES_OF_SOME, {"id": row.id, "sku_ids": list(sku_ids)})

    async def get(self, stocktake_id: UUID, *, lock: bool = False) -> Stocktake | None:
        found = select(Stocktake).where(Stocktake.id == stocktake_id)
        if lock:
            found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
        return await self._session.scalar(found)

    async def strange(self, stocktake_id: UUID, sku_ids: Sequence[UUID]) -> list[UUID]:
        """Which of these SKUs it has no line for."""
        values = {"id": stocktake_id, "sku_ids": list(sku_ids)}
        return list(await self._session.scalars(_STRANGE, values))

    async def count(self, row: Stocktake, counted: Mapping[UUID, int], *, by: str) -> None:
        """Keep counts beside what is on hand now."""
        values = {
            "id": row.id,
            "warehouse_id": row.warehouse_id,
            "ids": [new_id() for _ in counted],
            "sku_ids": list(counted),
            "counted": list(counted.values()),
            "counted_by": by,
        }
        await self._session.execute(_COUNT, values)

    async def move(self, row: Stocktake, state: StocktakeState, **facts: Any) -> None:
        """Facts are columns, e.g. who did it."""
        for name, value in {"state": state, "updated_at": clock.now(), **facts}.items():
            setattr(row, name, value)
        row.version += 1
        await self._session.flush()

    async def summary(self, stocktake_id: UUID) -> RowMapping:
        return (await self._session.execute(_SUMMARY, {"id": stocktake_id})).mappings().one()

    async def differences(self, stocktake_id: UUID) -> Sequence[RowMapping]:
        """Counted SKUs of which there were more or fewer than expected."""
        found = await self._session.execute(_DIFFERENCES, {"id": stocktake_id})
        return found.mappings().all()

    async def counters(self, stocktake_id: UUID) -> list[str]:
        """Whose counts stand."""
        return list(await self._session.scalars(_COUNTERS, {"id": stocktake_id}))

    async def lines(
        self, stocktake_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[RowMapping]:
        """Lines in order of SKU."""
        statement = text(_LINES.format(page=beyond("l.sku_id"), limit=int(limit)))
        found = await self._session.execute(statement, {"id": stocktake_id, "after": after})
        return found.mappings().all()

    async def counts(
        self, stocktake_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[RowMapping]:
        """Every count there was, newest first."""
        statement = text(_COUNTS.format(page=before("id"), limit=int(limit)))
        found = await self._session.execute(statement, {"id": stocktake_id, "after": after})
        return found.mappings().all()

    async def page(
        self,
        *,
        warehouse_id: UUID | None,
        state: StocktakeState | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Stocktake]:
        """The newest first."""
        found = select(Stocktake).order_by(Stocktake.id.desc()).limit(limit)
        if warehouse_id is not None:
            found = found.where(Stocktake.warehouse_id == warehouse_id)
        if state is not None:
            found = found.where(Stocktake.state == state)
        if after is not None:
            found = found.where(Stocktake.id < after)
        return (await self._session.scalars(found)).all()
