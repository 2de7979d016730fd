"""Batches: what lies of them where, what moved of them, who got it.

Counts are read and written under the lock of the stock they are part of, which the statement that
moved the stock holds; a batch's own row is locked only by who changes what may be done with it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.direct import direct
from app.core.enums.inventory import BatchState
from app.core.ids import new_id
from app.models.batches import StockBatch
from app.repositories.keyset import before, beyond

UNKNOWN = "?"
"""The number of the batch that holds pieces nobody named a batch of."""

_SHELVES = direct("""
SELECT t.sku_id, t.shelf_days, w.warehouse_id, b.id AS batch_id, b.number, b.expires_on, b.state,
       w.on_hand, w.damaged, w.frozen
  FROM stock_tracking t
  LEFT JOIN batch_stock w ON w.sku_id = t.sku_id AND w.on_hand + w.damaged + w.frozen > 0
   AND w.warehouse_id = ANY(CAST(:warehouse_ids AS uuid[]))
  LEFT JOIN stock_batches b ON b.id = w.batch_id
 WHERE t.sku_id = ANY(CAST(:sku_ids AS uuid[]))
""")
_OUT = text("""
    SELECT m.sku_id, m.batch_id, b.number, b.expires_on, b.state, -sum(m.quantity)::int AS pieces,
           -coalesce(sum(m.quantity) FILTER (WHERE m.cause = :cause), 0)::int AS first
      FROM stock_batch_movements m JOIN stock_batches b ON b.id = m.batch_id
     WHERE m.sku_id = ANY(CAST(:sku_ids AS uuid[]))
       AND (m.cause = :cause OR m.owner = CAST(:owner AS text))
       AND (m.kind IN ('shipment', 'sale', 'return', 'transfer_out', 'transfer_in')
            OR m.kind = 'adjustment' AND m.owner IS NOT NULL)
     GROUP BY 1, 2, 3, 4, 5 HAVING sum(m.quantity) < 0
""")
_KEPT = text("""
    SELECT m.sku_id, m.batch_id, sum(m.quantity)::int AS first
      FROM stock_batch_movements m
     WHERE m.sku_id = ANY(CAST(:sku_ids AS uuid[])) AND m.cause = :cause
     GROUP BY 1, 2 HAVING sum(m.quantity) > 0
""")
# What lay on the shelf at that instant, and was taken off it since because of its batch.
_FROZEN_SINCE = text("""
    SELECT m.sku_id, m.batch_id, least(sum(m.quantity), w.frozen)::int AS pieces
      FROM stock_batch_movements m
      JOIN batch_stock w ON w.batch_id = m.batch_id AND w.warehouse_id = m.warehouse_id
     WHERE m.sku_id = ANY(CAST(:sku_ids AS uuid[])) AND m.warehouse_id = :warehouse_id
       AND m.grade = 'frozen' AND m.cause LIKE 'batch:%' AND m.created_at >= :since
     GROUP BY 1, 2, w.frozen
""")
_UNKNOWN = text("""
    INSERT INTO stock_batches AS b (id, sku_id, number, state)
    VALUES (:id, :sku_id, :number, 'open')
    ON CONFLICT (sku_id, number) DO UPDATE SET number = b.number RETURNING id
""")
_MOVE = text("""
    WITH rows AS (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:batch_ids AS uuid[]), CAST(:sku_ids AS uuid[]),
            CAST(:warehouse_ids AS uuid[]), CAST(:grades AS text[]), CAST(:quantities AS int[]))
            AS r(id, batch_id, sku_id, warehouse_id, grade, quantity)),
    totals AS (
        SELECT batch_id, sku_id, warehouse_id,
               coalesce(sum(quantity) FILTER (WHERE grade = 'sellable'), 0)::int AS on_hand,
               coalesce(sum(quantity) FILTER (WHERE grade = 'damaged'), 0)::int AS damaged,
               coalesce(sum(quantity) FILTER (WHERE grade = 'frozen'), 0)::int AS frozen
          FROM rows GROUP BY 1, 2, 3),
    lies AS (
        INSERT INTO batch_stock AS s (batch_id, warehouse_id, sku_id, on_hand, damaged, frozen)
        SELECT batch_id, warehouse_id, sku_id, greatest(on_hand, 0), greatest(damaged, 0),
               greatest(frozen, 0)
          FROM totals ORDER BY batch_id, warehouse_id
        ON CONFLICT (batch_id, warehouse_id) DO UPDATE SET (on_hand, damaged, frozen) = (
            SELECT s.on_hand + t.on_hand, s.damaged + t.damaged, s.frozen + t.frozen
              FROM totals t
             WHERE t.batch_id = excluded.batch_id AND t.warehouse_id = excluded.warehouse_id))
    INSERT INTO stock_batch_movements
           (id, batch_id, sku_id, warehouse_id, kind, grade, quantity, cause, owner, actor)
    SELECT id, batch_id, sku_id, warehouse_id, :kind, grade, quantity, :cause, :owner, :actor
      FROM rows
""")
# Rows of stock that come new refer to their SKU, so they wait for this or are seen by what follows.
_LOCK_SKU = text("SELECT id FROM skus WHERE id = :sku_id FOR UPDATE")
_LOCK_STOCK = text("""
    SELECT warehouse_id, on_hand, damaged, frozen FROM stock WHERE sku_id = :sku_id
     ORDER BY warehouse_id FOR UPDATE
""")
_TRACK = text("""
    INSERT INTO stock_tracking (sku_id, shelf_days) VALUES (:sku_id, :shelf_days)
    ON CONFLICT (sku_id) DO UPDATE SET shelf_days = excluded.shelf_days
    RETURNING xmax = 0 AS is_new
""")
_NAMED = text("""
    SELECT t.sku_id, b.id, b.made_on, b.expires_on, n.number
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:numbers AS text[])) AS n(sku_id, number)
      JOIN stock_tracking t ON t.sku_id = n.sku_id
      LEFT JOIN stock_batches b ON b.sku_id = n.sku_id AND b.number = n.number
""")
_ADD = text("""
    INSERT INTO stock_batches AS b (id, sku_id, number, made_on, expires_on, state)
    VALUES (:id, :sku_id, :number, :made_on, :expires_on, 'open')
    ON CONFLICT (sku_id, number) DO UPDATE SET number = b.number
    RETURNING id, made_on, expires_on
""")
# Of every warehouse, what of it is free: the rest was promised and stays on hand, but cannot leave.
_UNSOLD = text("""
    SELECT b.id AS batch_id, b.sku_id, b.number, b.state, w.warehouse_id,
           least(w.on_hand, s.on_hand - s.reserved) AS pieces
      FROM batch_stock w
      JOIN stock_batches b ON b.id = w.batch_id
      JOIN stock_tracking t ON t.sku_id = b.sku_id
      JOIN stock s ON s.sku_id = w.sku_id AND s.warehouse_id = w.warehouse_id
     WHERE w.on_hand > 0 AND w.on_hand + w.damaged + w.frozen > 0 AND s.on_hand > s.reserved
       AND (b.state <> 'open' OR b.expires_on <= CAST(:today AS date) + t.shelf_days)
       AND (CAST(:batch_id AS uuid) IS NULL OR b.id = :batch_id)
     ORDER BY w.sku_id, w.warehouse_id, b.expires_on, b.id LIMIT :limit
""")
_PAGE = """
    SELECT b.id, b.created_at, b.sku_id, k.code AS sku_code, b.number, b.made_on, b.expires_on,
           b.state, b.reason, b.version, b.updated_at,
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'warehouse_id', w.warehouse_id, 'on_hand', w.on_hand,
                       'damaged', w.damaged, 'frozen', w.frozen) ORDER BY w.warehouse_id), '[]')
              FROM batch_stock w
             WHERE w.batch_id = b.id AND w.on_hand + w.damaged + w.frozen > 0) AS stock
      FROM stock_batches b JOIN skus k ON k.id = b.sku_id
     WHERE {page} AND (CAST(:sku_id AS uuid) IS NULL OR b.sku_id = :sku_id)
       AND (CAST(:number AS text) IS NULL OR b.number = :number)
       AND (CAST(:state AS text) IS NULL OR b.state = :state)
       AND (CAST(:until AS date) IS NULL OR b.expires_on <= :until)
     ORDER BY b.id DESC LIMIT {limit}
"""
_RECIPIENTS = """
    SELECT m.owner, o.id AS order_id, o.number AS order_number, o.member_id, m.sent, m.back
      FROM (SELECT owner, -sum(quantity) FILTER (WHERE quantity < 0)::int AS sent,
                   coalesce(sum(quantity) FILTER (WHERE quantity > 0), 0)::int AS back
              FROM stock_batch_movements
             WHERE batch_id = :batch_id AND owner IS NOT NULL GROUP BY owner) m
      JOIN orders o ON o.id = CAST(substr(m.owner, 7) AS uuid)
     WHERE m.owner LIKE 'order:%' AND {page} ORDER BY o.id LIMIT {limit}
"""
_MOVEMENTS = """
    SELECT id, created_at, warehouse_id, kind, grade, quantity, cause, owner, actor
      FROM stock_batch_movements WHERE batch_id = :batch_id AND {page}
     ORDER BY id DESC LIMIT {limit}
"""


class BatchRow(NamedTuple):
    """Pieces of a batch that come (positive) or go."""

    batch_id: UUID
    sku_id: UUID
    warehouse_id: UUID
    grade: str
    quantity: int


class BatchRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def shelves(
        self, sku_ids: Collection[UUID], warehouse_ids: Collection[UUID]
    ) -> Sequence[Row[Any]]:
        """What lies of batches there; a row without a batch for a SKU of which nothing does."""
        values = {"sku_ids": list(sku_ids), "warehouse_ids": list(warehouse_ids)}
        return (await self._session.execute(_SHELVES, values)).all()

    async def out(
        self, sku_ids: Collection[UUID], cause: str, owner: str | None
    ) -> Sequence[Row[Any]]:
        """What left by a document (`first`), or for an owner, and has not come back."""
        values = {"sku_ids": list(sku_ids), "cause": cause, "owner": owner}
        return (await self._session.execute(_OUT, values)).all()

    async def kept(self, sku_ids: Collection[UUID], cause: str) -> Sequence[Row[Any]]:
        """What came in by a document and has not left by it."""
        return (
            await self._session.execute(_KEPT, {"sku_ids": list(sku_ids), "cause": cause})
        ).all()

    async def frozen_since(
        self, sku_ids: Collection[UUID], warehouse_id: UUID, since: datetime
    ) -> Sequence[Row[Any]]:
        """Pieces that were frozen since then because they expired or are kept back, by batch."""
        values = {"sku_ids": list(sku_ids), "warehouse_id": warehouse_id, "since": since}
        return (await self._session.execute(_FROZEN_SINCE, values)).all()

    async def unknown(self, sku_id: UUID) -> UUID:
        """The batch of pieces nobody named a batch of."""
        values = {"id": new_id(), "sku_id": sku_id, "number": UNKNOWN}
        found: UUID = (await self._session.execute(_UNKNOWN, values)).scalar_one()
        return found

    async def move(
        self,
        kind: str,
        rows: Sequence[BatchRow],
        *,
        cause: str,
        owner: str | None,
        actor: str | None,
    ) -> None:
        """Move pieces of batches whose stock is locked."""
        values = {
            "ids": [new_id() for _ in rows],
            "batch_ids": [row.batch_id for row in rows],
            "sku_ids": [row.sku_id for row in rows],
            "warehouse_ids": [row.warehouse_id for row in rows],
            "grades": [row.grade for row in rows],
            "quantities": [row.quantity for row in rows],
            "kind": kind,
            "cause": cause,
            "owner": owner,
            "actor": actor,
        }
        await self._session.execute(_MOVE, values)

    async def track(self, sku_id: UUID, shelf_days: int) -> Sequence[Row[Any]] | None:
        """Tell its pieces apart from now on; what lies of them, None if that is done already.

        Locks the SKU's stock everywhere.
        """
        await self._session.execute(_LOCK_SKU, {"sku_id": sku_id})
        lies = (await self._session.execute(_LOCK_STOCK, {"sku_id": sku_id})).all()
        values = {"sku_id": sku_id, "shelf_days": shelf_days}
        is_new = (await self._session.execute(_TRACK, values)).scalar_one()
        return lies if is_new else None

    async def named(
        self, keys: Collection[tuple[UUID, str]]
    ) -> Mapping[tuple[UUID, str], UUID | None]:
        """Batches by SKU and number, None for new ones; SKUs without batches are left out."""
        values = {
            "sku_ids": [sku_id for sku_id, _ in keys],
            "numbers": [number for _, number in keys],
        }
        rows = await self._session.execute(_NAMED, values)
        return {(row.sku_id, row.number): row.id for row in rows}

    async def add(
        self, sku_id: UUID, number: str, made_on: date | None, expires_on: date | None
    ) -> Row[Any]:
        """A batch, or the one there is; its id and dates."""
        values = {
            "id": new_id(),
            "sku_id": sku_id,
            "number": number,
            "made_on": made_on,
            "expires_on": expires_on,
        }
        return (await self._session.execute(_ADD, values)).one()

    async def unsold(
        self, today: date, *, batch_id: UUID | None = None, limit: int
    ) -> Sequence[Row[Any]]:
        """Free pieces of batches that are kept back or have expired, by SKU and warehouse."""
        values = {"today": today, "batch_id": batch_id, "limit": limit}
        return (await self._session.execute(_UNSOLD, values)).all()

    async def locked(self, batch_id: UUID) -> StockBatch | None:
        found = select(StockBatch).where(StockBatch.id == batch_id)
        found = found.with_for_update(key_share=True)
        return await self._session.scalar(found.execution_options(populate_existing=True))

    async def judge(self, row: StockBatch, state: BatchState, reason: str | None) -> None:
        row.state, row.reason = state, reason
        row.version += 1
        row.updated_at = clock.now()
        await self._session.flush()

    async def page(
        self,
        *,
        sku_id: UUID | None,
        number: str | None,
        state: BatchState | None,
        expires_until: date | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[RowMapping]:
        """Batches with what lies of them where, newest first."""
        values = {
            "sku_id": sku_id,
            "number": number,
            "state": state,
            "until": expires_until,
            "after": after,
        }
        return await self._rows(_PAGE.format(page=before("b.id"), limit=int(limit)), values)

    async def find(self, batch_id: UUID) -> RowMapping | None:
        nothing = {"sku_id": None, "number": None, "state": None, "until": None}
        statement = _PAGE.format(page="b.id = CAST(:id AS uuid)", limit=1)
        found = await self._rows(statement, nothing | {"id": batch_id})
        return found[0] if found else None

    async def recipients(
        self, batch_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[RowMapping]:
        """Orders that got pieces of a batch, in order of their ids."""
        statement = _RECIPIENTS.format(page=beyond("o.id"), limit=int(limit))
        return await self._rows(statement, {"batch_id": batch_id, "after": after})

    async def movements(
        self, batch_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[RowMapping]:
        """What moved of a batch, newest first."""
        statement = _MOVEMENTS.format(page=before("id"), limit=int(limit))
        return await self._rows(statement, {"batch_id": batch_id, "after": after})

    async def _rows(self, statement: str, values: Mapping[str, Any]) -> Sequence[RowMapping]:
        return (await self._session.execute(text(statement), dict(values))).mappings().all()
