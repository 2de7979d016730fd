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
# Clerks of one warehouse keep their counts one after the other, so that no two count a SKU at once.
_ONE_BY_ONE = text("SELECT FROM warehouses WHERE id = :warehouse_id FOR NO KEY UPDATE")
_ELSEWHERE = text("""
    SELECT DISTINCT ON (l.sku_id) l.sku_id, t.number
      FROM stocktakes t JOIN stocktake_lines l ON l.stocktake_id = t.id
     WHERE t.state IN ('counting', 'submitted') AND t.warehouse_id = :warehouse_id AND t.id <> :id
       AND l.sku_id = ANY(CAST(:sku_ids AS uuid[])) AND l.counted IS NOT NULL
     ORDER BY l.sku_id, t.number
""")
# What was missed before and is still promised is on the books, but nobody expects to find it.
_MISSED = """coalesce((
            SELECT sum(h.quantity - h.written_off - h.gone)::int FROM stock_shortages h
             WHERE h.written_off + h.gone < h.quantity AND h.warehouse_id = :warehouse_id
               AND {which}), 0)"""
# What is expected is read in the statement that keeps the count: what is sold before or after it
# is no difference.
_COUNT = text(f"""
    WITH said AS MATERIALIZED (
        SELECT c.id, c.sku_id, c.counted, greatest(
            coalesce(s.on_hand, 0) - {_MISSED.format(which="h.sku_id = c.sku_id")}, 0) AS expected
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
# Who counts all of a SKU has not looked at batches: those that were counted count no more.
_FORGET_BATCHES = text("""
    DELETE FROM stocktake_batches
     WHERE stocktake_id = :id AND sku_id = ANY(CAST(:sku_ids AS uuid[]))
""")
_COUNT_BATCHES = text(f"""
    WITH said AS MATERIALIZED (
        SELECT c.id, c.sku_id, c.batch_id, c.counted, greatest(
            coalesce(w.on_hand, 0) - {_MISSED.format(which="h.batch_id = c.batch_id")}, 0)
            AS expected
          FROM unnest(CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:batch_ids AS uuid[]),
                      CAST(:counted AS int[])) AS c(id, sku_id, batch_id, counted)
          LEFT JOIN batch_stock w ON w.batch_id = c.batch_id AND w.warehouse_id = :warehouse_id),
    kept AS (
        INSERT INTO stocktake_counts
               (id, stocktake_id, sku_id, batch_id, counted, expected, counted_by)
        SELECT id, CAST(:id AS uuid), sku_id, batch_id, counted, expected, :counted_by FROM said),
    lines AS (
        INSERT INTO stocktake_lines (stocktake_id, sku_id)
        SELECT DISTINCT CAST(:id AS uuid), sku_id FROM said ON CONFLICT DO NOTHING)
    INSERT INTO stocktake_batches (stocktake_id, batch_id, sku_id, counted, expected, counted_by)
    SELECT CAST(:id AS uuid), batch_id, sku_id, counted, expected, :counted_by FROM said
    ON CONFLICT (stocktake_id, batch_id) DO UPDATE
    SET counted = excluded.counted, expected = excluded.expected, counted_by = excluded.counted_by
""")
_ADD_BATCHES_UP = text("""
    UPDATE stocktake_lines l
       SET counted = b.counted, expected = b.expected, counted_by = :counted_by
      FROM (SELECT sku_id, sum(counted)::int AS counted, sum(expected)::int AS expected
              FROM stocktake_batches
             WHERE stocktake_id = :id AND sku_id = ANY(CAST(:sku_ids AS uuid[]))
             GROUP BY 1) b
     WHERE l.stocktake_id = :id AND l.sku_id = b.sku_id
""")
_OPEN = text("""
    SELECT id FROM stocktakes
     WHERE state IN ('counting', 'submitted') AND warehouse_id = :warehouse_id
     ORDER BY id FOR NO KEY UPDATE
""")
# Of fewer pieces than were expected, others have told some meanwhile; never more than are missing.
_MET = text("""
    WITH met AS (
        UPDATE stocktake_lines l
           SET expected = greatest(l.expected - CAST(:pieces AS int), l.counted)
          FROM unnest(CAST(:ids AS uuid[]), CAST(:stocktake_ids AS uuid[])) AS o(id, stocktake_id)
         WHERE l.stocktake_id = o.stocktake_id AND l.sku_id = :sku_id AND l.counted < l.expected
           AND NOT EXISTS (SELECT FROM stocktake_batches b
                            WHERE b.stocktake_id = l.stocktake_id AND b.sku_id = l.sku_id)
        RETURNING o.id, l.stocktake_id, l.sku_id, l.counted, l.expected, l.counted_by)
    INSERT INTO stocktake_counts (id, stocktake_id, sku_id, counted, expected, counted_by)
    SELECT id, stocktake_id, sku_id, counted, expected, counted_by FROM met
""")
# Of what is counted by batch, those that lie there and were not found or found missing.
_UNCOUNTED_BATCHES = text("""
    SELECT count(*) FROM batch_stock w
     WHERE w.warehouse_id = :warehouse_id AND w.on_hand > 0 AND w.on_hand + w.damaged + w.frozen > 0
       AND w.sku_id IN (SELECT sku_id FROM stocktake_batches WHERE stocktake_id = :id)
       AND NOT EXISTS (SELECT FROM stocktake_batches b
                        WHERE b.stocktake_id = :id AND b.batch_id = w.batch_id)
""")
# A SKU's batches, or the SKU as a whole: one batch too many and one too few are two errors.
_PARTS = """
    SELECT sku_id, batch_id, counted, expected, counted_by FROM stocktake_batches
     WHERE stocktake_id = :id
    UNION ALL
    SELECT l.sku_id, NULL, l.counted, l.expected, l.counted_by FROM stocktake_lines l
     WHERE l.stocktake_id = :id AND NOT EXISTS (
           SELECT FROM stocktake_batches b WHERE b.stocktake_id = :id AND b.sku_id = l.sku_id)
"""
_SUMMARY = text(f"""
    SELECT count(DISTINCT sku_id) AS lines,
           count(DISTINCT sku_id) FILTER (WHERE counted IS NOT NULL) AS counted,
           count(DISTINCT sku_id) FILTER (WHERE counted <> expected) AS differing,
           coalesce(sum(greatest(counted - expected, 0)), 0)::int AS too_many,
           coalesce(sum(greatest(expected - counted, 0)), 0)::int AS too_few
      FROM ({_PARTS}) p
""")
_DIFFERENCES = text(f"""
    SELECT p.sku_id, p.batch_id, p.counted - p.expected AS quantity, k.cost_minor, k.cost_currency
      FROM ({_PARTS}) p JOIN skus k ON k.id = p.sku_id
     WHERE p.counted <> p.expected ORDER BY p.sku_id, p.batch_id
""")
_COUNTERS = text(f"SELECT DISTINCT counted_by FROM ({_PARTS}) p WHERE counted_by IS NOT NULL")
_LINES = """
    SELECT l.sku_id, k.code AS sku_code, p.name, l.counted, l.expected,
           l.counted - l.expected AS difference, l.counted_by,
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'number', b.number, 'expires_on', b.expires_on, 'counted', x.counted,
                       'expected', x.expected, 'difference', x.counted - x.expected,
                       'counted_by', x.counted_by) ORDER BY b.expires_on, b.number), '[]')
              FROM stocktake_batches x JOIN stock_batches b ON b.id = x.batch_id
             WHERE x.stocktake_id = l.stocktake_id AND x.sku_id = l.sku_id) AS batches
      FROM stocktake_lines l
      JOIN skus k ON k.id = l.sku_id
      JOIN spus p ON p.id = k.spu_id
     WHERE l.stocktake_id = :id AND {page} ORDER BY l.sku_id LIMIT {limit}
"""
_COUNTS = """
    SELECT c.id, c.created_at, c.sku_id, b.number AS batch, c.counted, c.expected, c.counted_by
      FROM stocktake_counts c LEFT JOIN stock_batches b ON b.id = c.batch_id
     WHERE c.stocktake_id = :id AND {page} ORDER BY c.id DESC LIMIT {limit}
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

    async def elsewhere(self, row: Stocktake, sku_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """Those SKUs that another open stocktake of the warehouse has counted, and its number.

        Until commit nobody else counts there.
        """
        there = {"warehouse_id": row.warehouse_id}
        await self._session.execute(_ONE_BY_ONE, there)
        values = there | {"id": row.id, "sku_ids": list(sku_ids)}
        rows = await self._session.execute(_ELSEWHERE, values)
        return {each.sku_id: each.number for each in rows}

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
        await self._session.execute(_FORGET_BATCHES, {"id": row.id, "sku_ids": list(counted)})

    async def count_batches(
        self, row: Stocktake, counted: Mapping[tuple[UUID, UUID], int], *, by: str
    ) -> None:
        """Keep counts by SKU and batch beside what is on hand of the batches now."""
        sku_ids = [sku_id for sku_id, _ in counted]
        values: dict[str, Any] = {"id": row.id, "counted_by": by, "sku_ids": sku_ids}
        of_each = {
            "warehouse_id": row.warehouse_id,
            "ids": [new_id() for _ in counted],
            "batch_ids": [batch_id for _, batch_id in counted],
            "counted": list(counted.values()),
        }
        await self._session.execute(_COUNT_BATCHES, values | of_each)
        await self._session.execute(_ADD_BATCHES_UP, values)

    async def met(self, warehouse_id: UUID, sku_id: UUID, pieces: int) -> None:
        """Others miss pieces, too: of those that open stocktakes miss so many are expected no more.

        Kept as a count of its own. Locks them until commit.
        """
        open_ = list(await self._session.scalars(_OPEN, {"warehouse_id": warehouse_id}))
        if open_:
            ids = [new_id() for _ in open_]
            values = {"ids": ids, "stocktake_ids": open_, "sku_id": sku_id, "pieces": pieces}
            await self._session.execute(_MET, values)

    async def uncounted_batches(self, row: Stocktake) -> int:
        """How many batches lie there of SKUs that were counted by batch, but were not counted."""
        values = {"id": row.id, "warehouse_id": row.warehouse_id}
        return int(await self._session.scalar(_UNCOUNTED_BATCHES, values) or 0)

    async def move(self, row: Stocktake, state: StocktakeState, **facts: Any) -> None:
        """Facts are columns, e.g. who did it."""
        for name, value in {"state": state, "updated_at": clock.now(), **facts}.items():
            setattr(row, name, value)
        row.version += 1
        await self._session.flush()

    async def summary(self, stocktake_id: UUID) -> RowMapping:
        return (await self._session.execute(_SUMMARY, {"id": stocktake_id})).mappings().one()

    async def differences(self, stocktake_id: UUID) -> Sequence[RowMapping]:
        """Counted SKUs, or batches of them, of which there were more or fewer than expected."""
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
        statement = text(_COUNTS.format(page=before("c.id"), limit=int(limit)))
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
