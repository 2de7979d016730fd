"""Stock levels and the movements that are the only writers of on-hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.enums.inventory import MovementKind
from app.core.ids import new_id
from app.repositories.inventory.shares import PROMISABLE, SHARE
from app.repositories.kits import KITS, SHELVED

# A channel with warehouses of its own is served by those, any other channel by all of them.
SERVES = """w.is_active AND (
    EXISTS (SELECT 1 FROM channel_warehouses c
             WHERE c.channel_id = :channel_id AND c.warehouse_id = w.id)
    OR NOT EXISTS (SELECT 1 FROM channel_warehouses c WHERE c.channel_id = :channel_id))"""

# What is not out yet leaves for nobody, even if it lies there; a channel's own terms say what is.
PRESOLD = """(
           SELECT t.kind = 'presale' AND t.ships_at > now() FROM backorder_terms t
            WHERE t.sku_id = s.sku_id AND t.is_active
              AND (t.channel_id = :channel_id OR t.channel_id IS NULL)
            ORDER BY t.channel_id NULLS LAST LIMIT 1)"""

LEVELS = direct(f"""
SELECT s.sku_id, s.warehouse_id, w.merchant_id, k.merchant_id AS seller_id,
       w.priority, w.code, CASE WHEN {PRESOLD} THEN 0 ELSE {PROMISABLE} END AS available,
       w.country, w.region_code, w.service_regions, w.handling_minor, k.weight_grams,
       k.volume_cm3, (
           SELECT to_jsonb(p) FROM routing_policies p
            WHERE p.channel_id = :channel_id OR p.channel_id IS NULL
            ORDER BY p.channel_id NULLS LAST LIMIT 1) AS policy, {KITS} AS kits
  FROM stock s
  JOIN warehouses w ON w.id = s.warehouse_id
  JOIN skus k ON k.id = s.sku_id
  {SHARE}
 WHERE s.sku_id = ANY({SHELVED}) AND {SERVES}
""")

AVAILABLE = direct(f"""
WITH free AS MATERIALIZED (
    SELECT s.sku_id, s.warehouse_id, greatest({PROMISABLE}, 0) AS pieces
      FROM stock s JOIN warehouses w ON w.id = s.warehouse_id
      {SHARE}
     WHERE s.sku_id = ANY({SHELVED}) AND {SERVES}),
kits AS MATERIALIZED (SELECT {KITS} AS kits)
SELECT f.sku_id, sum(f.pieces)::int AS available, (SELECT kits FROM kits) AS kits
  FROM free f GROUP BY f.sku_id
UNION ALL
SELECT t.kit_id, sum(t.pieces)::int, (SELECT kits FROM kits)
  FROM (SELECT c.kit_id, min(f.pieces / c.quantity) AS pieces
          FROM kit_components c JOIN free f ON f.sku_id = c.sku_id
         WHERE c.kit_id = ANY(CAST(:sku_ids AS uuid[])) AND (SELECT kits FROM kits) IS NOT NULL
         GROUP BY c.kit_id, f.warehouse_id
        HAVING count(*) = (SELECT count(*) FROM kit_components x WHERE x.kit_id = c.kit_id)) t
 GROUP BY t.kit_id
""")

LOCK = direct("""
SELECT s.sku_id, s.warehouse_id, s.on_hand, s.reserved, s.damaged, s.frozen
  FROM stock s
 WHERE (s.sku_id, s.warehouse_id) IN (
       SELECT * FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:warehouse_ids AS uuid[])))
 ORDER BY s.sku_id, s.warehouse_id FOR UPDATE
""")

# A row proposed for insertion is checked before its conflict is seen, so it must not be negative;
# what is added to an existing row comes from the totals. What was missed and is more than the books
# have has left after all, so it is not missing of what comes; the books are those under the lock,
# for more may have left while this waited for it.
MOVE = direct("""
WITH moves AS (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:warehouse_ids AS uuid[]),
        CAST(:quantities AS int[]), CAST(:notes AS text[]), CAST(:grades AS text[])
    ) WITH ORDINALITY AS m(id, sku_id, warehouse_id, quantity, note, grade, place)),
totals AS (
    SELECT sku_id, warehouse_id,
           coalesce(sum(quantity) FILTER (WHERE grade = 'sellable'), 0)::int AS sellable,
           coalesce(sum(quantity) FILTER (WHERE grade = 'damaged'), 0)::int AS damaged,
           coalesce(sum(quantity) FILTER (WHERE grade = 'frozen'), 0)::int AS frozen
      FROM moves GROUP BY sku_id, warehouse_id),
moved AS (
    INSERT INTO stock AS s (sku_id, warehouse_id, on_hand, damaged, frozen)
    SELECT sku_id, warehouse_id, greatest(sellable, 0), greatest(damaged, 0), greatest(frozen, 0)
      FROM totals ORDER BY sku_id, warehouse_id
    ON CONFLICT (sku_id, warehouse_id) DO UPDATE SET (on_hand, damaged, frozen) = (
        SELECT s.on_hand + t.sellable, s.damaged + t.damaged, s.frozen + t.frozen FROM totals t
         WHERE t.sku_id = excluded.sku_id AND t.warehouse_id = excluded.warehouse_id)
    RETURNING s.sku_id, s.warehouse_id, s.on_hand, s.damaged, s.frozen),
missed AS (
    SELECT h.id, h.sku_id, h.warehouse_id, sum(h.quantity - h.written_off - h.gone) OVER (
               PARTITION BY h.sku_id, h.warehouse_id ORDER BY h.id) AS so_far
      FROM stock_shortages h JOIN totals t USING (sku_id, warehouse_id)
     WHERE t.sellable > 0 AND h.written_off + h.gone < h.quantity),
left_before AS (
    UPDATE stock_shortages h
       SET gone = h.gone + least(h.quantity - h.written_off - h.gone,
                                 m.so_far - m.there)::int
      FROM (SELECT o.id, o.so_far, d.on_hand - t.sellable AS there
              FROM missed o
              JOIN totals t USING (sku_id, warehouse_id)
              JOIN moved d USING (sku_id, warehouse_id)) m
     WHERE h.id = m.id AND m.so_far > m.there)
INSERT INTO stock_movements
       (id, sku_id, warehouse_id, kind, grade, quantity, on_hand_after, cause, actor, note)
SELECT m.id, m.sku_id, m.warehouse_id, :kind, m.grade, m.quantity,
       CASE m.grade WHEN 'damaged' THEN d.damaged - t.damaged
                    WHEN 'frozen' THEN d.frozen - t.frozen
                    ELSE d.on_hand - t.sellable END
           + sum(m.quantity) OVER (
               PARTITION BY m.sku_id, m.warehouse_id, m.grade ORDER BY m.place),
       :cause, :actor, m.note
  FROM moves m
  JOIN totals t USING (sku_id, warehouse_id)
  JOIN moved d USING (sku_id, warehouse_id)
 ORDER BY m.place
RETURNING id, sku_id, warehouse_id, kind, grade, quantity, on_hand_after, cause, actor, note,
          created_at
""")


MISSING = direct("""
SELECT ARRAY(SELECT DISTINCT x FROM unnest(CAST(:sku_ids AS uuid[])) AS x
              WHERE NOT EXISTS (
                    SELECT 1 FROM skus
                     WHERE id = x AND NOT is_kit
                       AND (CAST(:merchant_id AS uuid) IS NULL OR merchant_id = :merchant_id))
             ) AS sku_ids,
       ARRAY(SELECT DISTINCT x FROM unnest(CAST(:warehouse_ids AS uuid[])) AS x
              WHERE NOT EXISTS (
                    SELECT 1 FROM warehouses
                     WHERE id = x
                       AND (CAST(:merchant_id AS uuid) IS NULL OR merchant_id = :merchant_id))
             ) AS warehouse_ids
""")


@dataclass(frozen=True, slots=True)
class StockFilter:
    """What to list; `merchant_id` limits to the SKUs a merchant sells."""

    merchant_id: UUID | None = None
    warehouse_id: UUID | None = None
    sku_id: UUID | None = None
    sku_code: str | None = None


class StockRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def levels(self, sku_ids: Sequence[UUID], channel_id: UUID) -> Sequence[Any]:
        """What the warehouses that serve a channel can promise now, without a lock.

        Of kits what they consist of; `kits` says the same in every row.
        """
        values = {"sku_ids": list(sku_ids), "channel_id": channel_id}
        return (await self._session.execute(LEVELS, values)).all()

    async def available(self, sku_ids: Sequence[UUID], channel_id: UUID) -> Sequence[Any]:
        """`sku_id` and `available`, of kits and of what they consist, too; `kits` as of levels."""
        values = {"sku_ids": list(sku_ids), "channel_id": channel_id}
        return (await self._session.execute(AVAILABLE, values)).all()

    async def locked(self, keys: Sequence[tuple[UUID, UUID]]) -> Mapping[tuple[UUID, UUID], Any]:
        """`on_hand`, `reserved` and the grades by `(sku_id, warehouse_id)`; locked until commit."""
        values = {"sku_ids": [sku for sku, _ in keys], "warehouse_ids": [each for _, each in keys]}
        rows = await self._session.execute(LOCK, values)
        return {(r.sku_id, r.warehouse_id): r for r in rows}

    async def missing(
        self,
        sku_ids: Sequence[UUID],
        warehouse_ids: Sequence[UUID],
        *,
        merchant_id: UUID | None = None,
    ) -> tuple[list[UUID], list[UUID]]:
        """Which of these SKUs and warehouses do not exist, or are not the merchant's."""
        values = {
            "sku_ids": list(sku_ids),
            "warehouse_ids": list(warehouse_ids),
            "merchant_id": merchant_id,
        }
        row = (await self._session.execute(MISSING, values)).one()
        return row.sku_ids, row.warehouse_ids

    async def move(
        self,
        kind: MovementKind,
        rows: Sequence[tuple[UUID, UUID, int, str | None, str]],
        *,
        cause: str,
        actor: str | None,
    ) -> Sequence[Any]:
        """Record `(sku_id, warehouse_id, quantity, note, grade)` movements and what they leave."""
        values = {
            "ids": [new_id() for _ in rows],
            "sku_ids": [row[0] for row in rows],
            "warehouse_ids": [row[1] for row in rows],
            "quantities": [row[2] for row in rows],
            "notes": [row[3] for row in rows],
            "grades": [row[4] for row in rows],
            "kind": kind.value,
            "cause": cause,
            "actor": actor,
        }
        return (await self._session.execute(MOVE, values)).all()

    async def page(
        self, wanted: StockFilter, *, after: tuple[UUID, UUID] | None, limit: int
    ) -> Sequence[Any]:
        """Stock rows in order of SKU and warehouse."""
        statement = text(f"""
            SELECT s.sku_id, k.code AS sku_code, k.spu_id, p.name, s.warehouse_id,
                   w.code AS warehouse_code, k.merchant_id, s.on_hand, s.reserved,
                   greatest(s.on_hand - s.reserved - s.safety - s.waiting, 0) AS available,
                   s.damaged, s.frozen, s.safety, s.waiting,
                   (SELECT coalesce(sum(l.shipped - l.received - l.damaged - l.lost), 0)::int
                      FROM stock_transfers t JOIN stock_transfer_lines l ON l.transfer_id = t.id
                     WHERE t.state = 'in_transit' AND t.to_warehouse_id = s.warehouse_id
                       AND l.sku_id = s.sku_id) AS in_transit
              FROM stock s
              JOIN skus k ON k.id = s.sku_id
              JOIN spus p ON p.id = k.spu_id
              JOIN warehouses w ON w.id = s.warehouse_id
             WHERE (CAST(:merchant_id AS uuid) IS NULL OR k.merchant_id = :merchant_id)
               AND (CAST(:warehouse_id AS uuid) IS NULL OR s.warehouse_id = :warehouse_id)
               AND (CAST(:sku_id AS uuid) IS NULL OR s.sku_id = :sku_id)
               AND (CAST(:sku_code AS text) IS NULL OR k.code = :sku_code)
               AND (CAST(:after_sku AS uuid) IS NULL
                    OR (s.sku_id, s.warehouse_id) > (:after_sku, :after_warehouse))
             ORDER BY s.sku_id, s.warehouse_id LIMIT {int(limit)}
        """)
        values = {
            "merchant_id": wanted.merchant_id,
            "warehouse_id": wanted.warehouse_id,
            "sku_id": wanted.sku_id,
            "sku_code": wanted.sku_code,
            "after_sku": after[0] if after else None,
            "after_warehouse": after[1] if after else None,
        }
        return (await self._session.execute(statement, values)).all()

    async def movements(
        self,
        *,
        sku_id: UUID | None,
        warehouse_id: UUID | None,
        since: datetime | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Any]:
        """Movements, newest first."""
        statement = text(f"""
            SELECT id, created_at, sku_id, warehouse_id, kind, grade, quantity, on_hand_after,
                   cause, actor, note
              FROM stock_movements
             WHERE (CAST(:sku_id AS uuid) IS NULL OR sku_id = :sku_id)
               AND (CAST(:warehouse_id AS uuid) IS NULL OR warehouse_id = :warehouse_id)
               AND (CAST(:since AS timestamptz) IS NULL OR created_at >= :since)
               AND (CAST(:after AS uuid) IS NULL OR id < :after)
             ORDER BY id DESC LIMIT {int(limit)}
        """)
        values = {"sku_id": sku_id, "warehouse_id": warehouse_id, "since": since, "after": after}
        return (await self._session.execute(statement, values)).all()
