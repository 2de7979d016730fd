"""How fast stock sells, its limits, and what crossed them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.enums.inventory import AlertKind, AlertState
from app.core.ids import new_id
from app.models.stock_alerts import StockAlert

# The first run reads all there is; what was sold before the window is known from then on.
_PACE = text(
    """
    INSERT INTO stock_paces AS p
           (sku_id, warehouse_id, sold, in_days, first_at, sold_at, counted_at)
    SELECT sku_id, warehouse_id,
           coalesce(-sum(quantity) FILTER (WHERE {sold} AND created_at >= w.since), 0)::int,
           CAST(:days AS int), min(created_at), max(created_at) FILTER (WHERE {sold}), now()
      FROM stock_movements,
           (SELECT now() - make_interval(days => CAST(:days AS int)) AS since) w
     WHERE created_at >= CASE WHEN EXISTS (SELECT FROM stock_paces) THEN w.since
                              ELSE '-infinity' END
     GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (sku_id, warehouse_id) DO UPDATE
       SET sold = excluded.sold, in_days = excluded.in_days, counted_at = now(),
           first_at = least(p.first_at, excluded.first_at),
           sold_at = greatest(p.sold_at, excluded.sold_at)
""".format(sold="kind IN ('shipment', 'sale')")
)
MOST = 2_147_483_647
"""Days that are told of stock that lasts for ages."""
_QUIET = text("UPDATE stock_paces SET sold = 0, counted_at = now() WHERE counted_at < now()")
_JUDGED = f"""
    judged AS MATERIALIZED (
        SELECT e.kind, s.sku_id, s.warehouse_id, s.on_hand - s.reserved AS available, e.threshold,
               (least((s.on_hand - s.reserved)::bigint * p.in_days, {MOST}::bigint * p.sold)
                / nullif(p.sold, 0))::int AS days_of_cover
          FROM stock s
          LEFT JOIN stock_thresholds t USING (sku_id, warehouse_id)
          LEFT JOIN stock_paces p USING (sku_id, warehouse_id),
          LATERAL (VALUES
            ('low', coalesce(t.low, nullif(s.safety, 0),
                             ceil(p.sold * CAST(:low_days AS numeric) / p.in_days)::int), NULL),
            ('over', coalesce(t.over, ceil(nullif(p.sold, 0) * CAST(:over_days AS numeric)
                                           / p.in_days)::int), NULL),
            ('slow', coalesce(t.slow_days, CAST(:slow_days AS int)),
                     coalesce(p.sold_at, p.first_at)),
            ('expiry', coalesce(t.expiry_days, CAST(:expiry_days AS int)), NULL)
          ) AS e(kind, threshold, quiet_since)
         WHERE CASE e.kind
               WHEN 'low' THEN e.threshold > 0 AND s.on_hand - s.reserved <= e.threshold
               WHEN 'over' THEN s.on_hand > e.threshold
               WHEN 'expiry' THEN EXISTS (
                   SELECT FROM batch_stock w JOIN stock_batches b ON b.id = w.batch_id
                     JOIN stock_tracking k ON k.sku_id = w.sku_id
                    WHERE w.sku_id = s.sku_id AND w.warehouse_id = s.warehouse_id
                      AND w.on_hand > 0 AND w.on_hand + w.damaged + w.frozen > 0
                      AND b.expires_on <= CAST(now() AS date) + k.shelf_days + e.threshold)
               ELSE s.on_hand > 0 AND e.quiet_since < now() - make_interval(days => e.threshold)
               END)
"""
_CROSSED = text(f"""
    WITH {_JUDGED}
    SELECT j.* FROM judged j
     WHERE NOT EXISTS (SELECT FROM stock_alerts a
                        WHERE a.kind = j.kind AND a.sku_id = j.sku_id
                          AND a.warehouse_id = j.warehouse_id AND a.state <> 'over')
     ORDER BY j.sku_id, j.warehouse_id, j.kind LIMIT :limit
""")
_OPEN = text("""
    INSERT INTO stock_alerts
           (id, kind, sku_id, warehouse_id, state, available, threshold, days_of_cover)
    SELECT id, kind, sku_id, warehouse_id, 'open', available, threshold, days_of_cover
      FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:sku_ids AS uuid[]),
                  CAST(:warehouse_ids AS uuid[]), CAST(:available AS int[]),
                  CAST(:thresholds AS int[]), CAST(:days AS int[]))
           AS n(id, kind, sku_id, warehouse_id, available, threshold, days_of_cover)
    ON CONFLICT (kind, sku_id, warehouse_id) WHERE state <> 'over' DO NOTHING
    RETURNING id, kind, sku_id, warehouse_id, available, threshold, days_of_cover
""")
_END = text(f"""
    WITH {_JUDGED}
    UPDATE stock_alerts a
       SET state = 'over', ended_at = now(), updated_at = now(), version = version + 1
     WHERE a.state <> 'over' AND NOT EXISTS (
           SELECT FROM judged j WHERE j.kind = a.kind AND j.sku_id = a.sku_id
              AND j.warehouse_id = a.warehouse_id)
    RETURNING a.id
""")
_SET = text("""
    INSERT INTO stock_thresholds (sku_id, warehouse_id, low, over, slow_days, expiry_days)
    SELECT sku_id, CAST(:warehouse_id AS uuid), low, over, slow_days, expiry_days
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:low AS int[]), CAST(:over AS int[]),
                  CAST(:slow_days AS int[]), CAST(:expiry_days AS int[]))
           AS n(sku_id, low, over, slow_days, expiry_days)
     ORDER BY sku_id
    ON CONFLICT (sku_id, warehouse_id)
    DO UPDATE SET low = excluded.low, over = excluded.over, slow_days = excluded.slow_days,
       expiry_days = excluded.expiry_days
""")
_THRESHOLDS = """
    SELECT sku_id, warehouse_id, low, over, slow_days, expiry_days FROM stock_thresholds
     WHERE (sku_id, warehouse_id) > (
           coalesce(CAST(:after_sku AS uuid), '00000000-0000-0000-0000-000000000000'),
           coalesce(CAST(:after_warehouse AS uuid), '00000000-0000-0000-0000-000000000000'))
     ORDER BY sku_id, warehouse_id LIMIT {limit}
"""


class AlertRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count_sales(self, days: int) -> None:
        """Count what was sold of everything in the last `days`."""
        await self._session.execute(_PACE, {"days": days})
        await self._session.execute(_QUIET)

    async def open(self, limits: Mapping[str, int], *, limit: int) -> Sequence[Row[Any]]:
        """Open an alert for what crossed a limit, once however many look; those that are new."""
        rows = (await self._session.execute(_CROSSED, {**limits, "limit": limit})).all()
        values = {
            "ids": [new_id() for _ in rows],
            "kinds": [row.kind for row in rows],
            "sku_ids": [row.sku_id for row in rows],
            "warehouse_ids": [row.warehouse_id for row in rows],
            "available": [row.available for row in rows],
            "thresholds": [row.threshold for row in rows],
            "days": [row.days_of_cover for row in rows],
        }
        return (await self._session.execute(_OPEN, values)).all()

    async def end(self, limits: Mapping[str, int]) -> int:
        """End the alerts of stock that is as it should be; how many."""
        return len((await self._session.execute(_END, dict(limits))).all())

    async def set(self, warehouse_id: UUID, rows: Mapping[UUID, Mapping[str, int | None]]) -> None:
        """Limits by SKU, by the names of their columns; SKUs are given in order."""
        columns = ("low", "over", "slow_days", "expiry_days")
        values: dict[str, Any] = {each: [row[each] for row in rows.values()] for each in columns}
        values |= {"warehouse_id": warehouse_id, "sku_ids": list(rows)}
        await self._session.execute(_SET, values)

    async def thresholds(
        self, *, after: tuple[UUID, UUID] | None, limit: int
    ) -> Sequence[RowMapping]:
        """In order of SKU and warehouse."""
        values = {
            "after_sku": after[0] if after else None,
            "after_warehouse": after[1] if after else None,
        }
        statement = text(_THRESHOLDS.format(limit=int(limit)))
        return (await self._session.execute(statement, values)).mappings().all()

    async def locked(self, alert_id: UUID) -> StockAlert | None:
        found = select(StockAlert).where(StockAlert.id == alert_id).with_for_update()
        return await self._session.scalar(found.execution_options(populate_existing=True))

    async def acknowledge(self, row: StockAlert, by: str, note: str | None) -> None:
        row.state, row.acknowledged_by, row.note = AlertState.ACKNOWLEDGED, by, note
        row.version += 1
        row.updated_at = clock.now()
        await self._session.flush()

    async def page(
        self,
        *,
        kind: AlertKind | None,
        state: AlertState | None,
        warehouse_id: UUID | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[StockAlert]:
        """The newest first; without a state those that are not over."""
        found = select(StockAlert).order_by(StockAlert.id.desc()).limit(limit)
        if state is None:
            found = found.where(StockAlert.state != AlertState.OVER)
        else:
            found = found.where(StockAlert.state == state)
        if kind is not None:
            found = found.where(StockAlert.kind == kind)
        if warehouse_id is not None:
            found = found.where(StockAlert.warehouse_id == warehouse_id)
        if after is not None:
            found = found.where(StockAlert.id < after)
        return (await self._session.scalars(found)).all()
