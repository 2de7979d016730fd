"""Adding movements up, comparing them with stock, and what that found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.enums.inventory import FindingKind, FindingState
from app.core.ids import new_id
from app.models.stock_proofs import StockFinding, StockProof
from app.repositories.horizon import HORIZON
from app.repositories.keyset import before

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('stock-proof', 0))")
_LAST = text("""
    SELECT folded_to, (SELECT max(created_at) FROM stock_proofs WHERE is_whole) AS whole_at
      FROM stock_proofs ORDER BY id DESC LIMIT 1
""")
_FOLD = text("""
    INSERT INTO stock_folds AS f (sku_id, warehouse_id, grade, quantity)
    SELECT sku_id, warehouse_id, grade, sum(quantity) FROM stock_movements
     WHERE created_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
       AND created_at < CAST(:until AS timestamptz)
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (sku_id, warehouse_id, grade)
    DO UPDATE SET quantity = f.quantity + excluded.quantity
""")
# Somebody looked into it: from now on what is there counts.
_ACCEPT = text("""
    WITH accepted AS (
        UPDATE stock_findings SET state = 'resolved', resolved_at = now(), updated_at = now(),
               version = version + 1
         WHERE kind = 'history' AND state = 'explained'
        RETURNING sku_id, warehouse_id, grade)
    INSERT INTO stock_folds AS f (sku_id, warehouse_id, grade, quantity)
    SELECT a.sku_id, a.warehouse_id, a.grade, coalesce(sum(m.quantity), 0)
      FROM accepted a
      LEFT JOIN stock_movements m ON m.sku_id = a.sku_id AND m.warehouse_id = a.warehouse_id
       AND m.grade = a.grade AND m.created_at < CAST(:until AS timestamptz)
     GROUP BY 1, 2, 3
    ON CONFLICT (sku_id, warehouse_id, grade) DO UPDATE SET quantity = excluded.quantity
""")
# One statement, so one instant: a movement and what it leaves are seen together or not at all.
_DIFFERENCES = text("""
    WITH fresh AS (
        SELECT sku_id, warehouse_id, grade, sum(quantity) AS quantity FROM stock_movements
         WHERE created_at >= CAST(:until AS timestamptz) GROUP BY 1, 2, 3),
    moved AS (
        SELECT sku_id, warehouse_id, grade, sum(quantity) AS quantity
          FROM (TABLE stock_folds UNION ALL TABLE fresh) f GROUP BY 1, 2, 3),
    lies AS (
        SELECT sku_id, warehouse_id, grade, quantity FROM stock,
        LATERAL (VALUES ('sellable', on_hand), ('damaged', damaged), ('frozen', frozen))
            AS g(grade, quantity)),
    promised AS (
        SELECT sku_id, warehouse_id, sum(quantity - shipped - freed) AS quantity
          FROM reservations WHERE state IN ('held', 'committed') GROUP BY 1, 2)
    SELECT 'movements' AS kind, sku_id, warehouse_id, grade,
           coalesce(m.quantity, 0)::bigint AS expected, coalesce(l.quantity, 0)::bigint AS found
      FROM moved m FULL JOIN lies l USING (sku_id, warehouse_id, grade)
     WHERE coalesce(m.quantity, 0) <> coalesce(l.quantity, 0)
    UNION ALL
    SELECT 'reserved', sku_id, warehouse_id, 'sellable',
           coalesce(p.quantity, 0)::bigint, coalesce(s.reserved, 0)::bigint
      FROM promised p FULL JOIN stock s USING (sku_id, warehouse_id)
     WHERE coalesce(p.quantity, 0) <> coalesce(s.reserved, 0)
    UNION ALL
    SELECT 'batches', sku_id, warehouse_id, grade,
           coalesce(b.quantity, 0)::bigint, coalesce(l.quantity, 0)::bigint
      FROM (SELECT sku_id, warehouse_id, grade, sum(quantity) AS quantity FROM batch_stock,
            LATERAL (VALUES ('sellable', on_hand), ('damaged', damaged), ('frozen', frozen))
                AS g(grade, quantity)
             WHERE on_hand + damaged + frozen > 0 GROUP BY 1, 2, 3) b
      FULL JOIN (SELECT l.* FROM lies l JOIN stock_tracking t USING (sku_id)) l
           USING (sku_id, warehouse_id, grade)
     WHERE coalesce(b.quantity, 0) <> coalesce(l.quantity, 0)
    UNION ALL
    SELECT 'serials', sku_id, warehouse_id, 'sellable',
           coalesce(n.quantity, 0)::bigint, coalesce(l.quantity, 0)::bigint
      FROM (SELECT sku_id, warehouse_id, count(*) AS quantity FROM stock_serials
             WHERE state IN ('in_stock', 'packed') GROUP BY 1, 2) n
      FULL JOIN (SELECT sku_id, warehouse_id, on_hand + damaged + frozen AS quantity
                   FROM stock JOIN serial_tracking USING (sku_id)) l
           USING (sku_id, warehouse_id)
     WHERE coalesce(n.quantity, 0) <> coalesce(l.quantity, 0)
""")
_CHANGED_HISTORY = text("""
    SELECT 'history' AS kind, sku_id, warehouse_id, grade,
           coalesce(f.quantity, 0)::bigint AS expected, coalesce(m.quantity, 0)::bigint AS found
      FROM stock_folds f
      FULL JOIN (SELECT sku_id, warehouse_id, grade, sum(quantity) AS quantity
                   FROM stock_movements WHERE created_at < CAST(:until AS timestamptz)
                  GROUP BY 1, 2, 3) m USING (sku_id, warehouse_id, grade)
     WHERE coalesce(f.quantity, 0) <> coalesce(m.quantity, 0)
""")
_KEEP = text("""
    INSERT INTO stock_findings AS f
           (id, kind, sku_id, warehouse_id, grade, expected, found, state)
    SELECT n.*, 'found'
      FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:sku_ids AS uuid[]),
                  CAST(:warehouse_ids AS uuid[]), CAST(:grades AS text[]),
                  CAST(:expected AS bigint[]), CAST(:found AS bigint[])) AS n
    ON CONFLICT (kind, sku_id, warehouse_id, grade) WHERE state <> 'resolved'
    DO UPDATE SET expected = excluded.expected, found = excluded.found, state = 'found',
       updated_at = now(), version = f.version + 1
     WHERE (f.expected, f.found) <> (excluded.expected, excluded.found)
    RETURNING id, kind, sku_id, warehouse_id, grade, expected, found
""")
# What tills told adds up until somebody explains it.
_TELL = text("""
    INSERT INTO stock_findings AS f
           (id, kind, sku_id, warehouse_id, grade, expected, found, state)
    SELECT n.id, :kind, n.sku_id, CAST(:warehouse_id AS uuid), 'sellable', 0, n.found, 'found'
      FROM unnest(CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:found AS bigint[]))
           AS n(id, sku_id, found) ORDER BY n.sku_id
    ON CONFLICT (kind, sku_id, warehouse_id, grade) WHERE state <> 'resolved'
    DO UPDATE SET found = f.found + excluded.found, updated_at = now(), version = f.version + 1
    RETURNING id, kind, sku_id, warehouse_id, grade, expected, found
""")
_RESOLVE = text("""
    UPDATE stock_findings f
       SET state = 'resolved', resolved_at = now(), updated_at = now(), version = version + 1
     WHERE state <> 'resolved' AND kind = ANY(CAST(:looked_at AS text[])) AND NOT EXISTS (
           SELECT FROM unnest(CAST(:kinds AS text[]), CAST(:sku_ids AS uuid[]),
                              CAST(:warehouse_ids AS uuid[]), CAST(:grades AS text[]))
                       AS n(kind, sku_id, warehouse_id, grade)
            WHERE n.kind = f.kind AND n.sku_id = f.sku_id AND n.warehouse_id = f.warehouse_id
              AND n.grade = f.grade)
    RETURNING id
""")
_OCCUPATION = """
    SELECT * FROM (
        (SELECT r.id, r.created_at, 'promise' AS kind, r.owner AS document, o.number,
                r.sku_id, r.warehouse_id, r.quantity - r.shipped - r.freed AS pieces, r.state,
                r.expires_at
           FROM reservations r
           LEFT JOIN orders o ON o.id = CASE WHEN r.owner ~ '^order:[0-9a-f-]{{36}}$'
                                             THEN CAST(substr(r.owner, 7) AS uuid) END
          WHERE r.sku_id = :sku_id AND r.state IN ('held', 'committed') AND {promises}
            AND (CAST(:warehouse_id AS uuid) IS NULL OR r.warehouse_id = :warehouse_id)
          ORDER BY r.id DESC LIMIT {limit})
        UNION ALL
        (SELECT t.id, t.created_at, 'transfer', 'transfer:' || t.number, t.number, l.sku_id,
                t.to_warehouse_id, l.shipped - l.received - l.damaged - l.lost, t.state, NULL
           FROM stock_transfers t JOIN stock_transfer_lines l ON l.transfer_id = t.id
          WHERE l.sku_id = :sku_id AND t.state = 'in_transit' AND {transfers}
            AND l.shipped > l.received + l.damaged + l.lost
            AND (CAST(:warehouse_id AS uuid) IS NULL OR t.to_warehouse_id = :warehouse_id)
          ORDER BY t.id DESC LIMIT {limit})) each
     ORDER BY id DESC LIMIT {limit}
"""


class ProofRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def begin(self) -> Row[Any] | None:
        """How far the last proof came and when all was added up; others wait until commit."""
        await self._session.execute(_LOCK)
        return (await self._session.execute(_LAST)).one_or_none()

    async def horizon(self) -> datetime:
        """An instant before which nobody will write a movement any more."""
        found: datetime = (await self._session.execute(HORIZON)).scalar_one()
        return found

    async def fold(self, since: datetime | None, until: datetime) -> None:
        """Add up the movements of a time, its end excluded; from the first on without `since`."""
        await self._session.execute(_FOLD, {"since": since, "until": until})

    async def accept(self, until: datetime) -> None:
        """Follow the movements where somebody explained why those of the past changed."""
        await self._session.execute(_ACCEPT, {"until": until})

    async def differences(self, until: datetime, *, whole: bool) -> list[Row[Any]]:
        """Counts that do not agree; `whole` compares what was added up before, too."""
        rows = list(await self._session.execute(_DIFFERENCES, {"until": until}))
        if whole:
            rows += await self._session.execute(_CHANGED_HISTORY, {"until": until})
        return rows

    async def keep(self, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Keep differences; those that are new or have changed."""
        values = _keys(rows) | {
            "ids": [new_id() for _ in rows],
            "expected": [row.expected for row in rows],
            "found": [row.found for row in rows],
        }
        return (await self._session.execute(_KEEP, values)).all()

    async def resolve(self, rows: Sequence[Row[Any]], kinds: Sequence[FindingKind]) -> int:
        """End findings of these kinds that are no more; how many."""
        values = _keys(rows) | {"looked_at": list(kinds)}
        return len((await self._session.execute(_RESOLVE, values)).all())

    def add(self, row: StockProof) -> None:
        self._session.add(row)

    async def locked(self, finding_id: UUID) -> StockFinding | None:
        found = select(StockFinding).where(StockFinding.id == finding_id).with_for_update()
        return await self._session.scalar(found.execution_options(populate_existing=True))

    async def tell(
        self, kind: FindingKind, warehouse_id: UUID, pieces: Mapping[UUID, int]
    ) -> Sequence[Row[Any]]:
        """Add pieces by SKU to what is to be explained of a warehouse; the findings as they are."""
        values = {
            "kind": kind.value,
            "warehouse_id": warehouse_id,
            "ids": [new_id() for _ in pieces],
            "sku_ids": list(pieces),
            "found": list(pieces.values()),
        }
        return (await self._session.execute(_TELL, values)).all()

    async def explain(self, row: StockFinding, note: str, by: str, *, is_over: bool) -> None:
        row.state, row.note, row.explained_by = FindingState.EXPLAINED, note, by
        row.updated_at = clock.now()
        if is_over:
            row.state, row.resolved_at = FindingState.RESOLVED, row.updated_at
        row.version += 1
        await self._session.flush()

    async def findings(
        self, *, state: FindingState | None, after: UUID | None, limit: int
    ) -> Sequence[StockFinding]:
        """The newest first; without a state those that are not resolved."""
        found = select(StockFinding).order_by(StockFinding.id.desc()).limit(limit)
        if state is None:
            found = found.where(StockFinding.state != FindingState.RESOLVED)
        else:
            found = found.where(StockFinding.state == state)
        if after is not None:
            found = found.where(StockFinding.id < after)
        return (await self._session.scalars(found)).all()

    async def proofs(self, *, after: UUID | None, limit: int) -> Sequence[StockProof]:
        """The newest first."""
        found = select(StockProof).order_by(StockProof.id.desc()).limit(limit)
        if after is not None:
            found = found.where(StockProof.id < after)
        return (await self._session.scalars(found)).all()

    async def occupation(
        self, sku_id: UUID, *, warehouse_id: UUID | None, after: UUID | None, limit: int
    ) -> Sequence[RowMapping]:
        """Documents that hold pieces of a SKU, the newest first."""
        statement = _OCCUPATION.format(
            promises=before("r.id"), transfers=before("t.id"), limit=int(limit)
        )
        values = {"sku_id": sku_id, "warehouse_id": warehouse_id, "after": after}
        return (await self._session.execute(text(statement), values)).mappings().all()


def _keys(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    return {
        "kinds": [row.kind for row in rows],
        "sku_ids": [row.sku_id for row in rows],
        "warehouse_ids": [row.warehouse_id for row in rows],
        "grades": [row.grade for row in rows],
    }
