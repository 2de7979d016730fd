"""Reservations. Every statement locks reservations first, then stock by (sku_id, warehouse_id).

Stock is then set from the locked reading: an UPDATE first computes its row from the statement's
snapshot, and what others committed meanwhile would break a CHECK, or fail a condition, that in
truth holds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id
from app.repositories.inventory.shares import PROMISABLE, SHARE

# What a channel may promise is judged with the locked count, so no two orders share a last piece.
_HOLD = f"""
WITH plan AS (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:warehouse_ids AS uuid[]),
        CAST(:quantities AS int[])
    ) AS p(id, sku_id, warehouse_id, quantity)),
locked AS MATERIALIZED (
    SELECT s.on_hand, s.reserved, {PROMISABLE} AS free, p.*
      FROM stock s JOIN plan p USING (sku_id, warehouse_id)
      {SHARE}
     ORDER BY s.sku_id, s.warehouse_id FOR UPDATE OF s),
verdict AS MATERIALIZED (
    SELECT count(*) = cardinality(CAST(:ids AS uuid[])) AS is_held
      FROM locked WHERE free >= quantity),
taken AS (
    UPDATE stock s SET on_hand = l.on_hand, reserved = l.reserved + l.quantity
      FROM locked l, verdict v
     WHERE v.is_held AND s.sku_id = l.sku_id AND s.warehouse_id = l.warehouse_id),
held AS (
    INSERT INTO reservations
           (id, owner, member_id, sku_id, warehouse_id, quantity, state, expires_at)
    SELECT p.id, :owner, :member_id, p.sku_id, p.warehouse_id, p.quantity,
           CASE WHEN CAST(:expires_at AS timestamptz) IS NULL THEN 'committed' ELSE 'held' END,
           CAST(:expires_at AS timestamptz)
      FROM plan p, verdict v WHERE v.is_held){{kits}}
SELECT is_held FROM verdict
"""
HOLD = direct(_HOLD.format(kits=""))
HOLD_KITS = direct(
    _HOLD.format(
        kits=""",
kept AS (
    INSERT INTO kit_promises (owner, kit_id, sku_id, quantity, worth)
    SELECT :owner, k.* FROM unnest(
        CAST(:kit_ids AS uuid[]), CAST(:part_ids AS uuid[]), CAST(:counts AS int[]),
        CAST(:worths AS bigint[])) AS k, verdict v
     WHERE v.is_held)"""
    )
)

SECONDS_HELD = direct("""
SELECT ceil(extract(epoch FROM min(expires_at) - now()))::int FROM reservations
 WHERE sku_id = ANY(CAST(:sku_ids AS uuid[])) AND state = 'held'
""")

# Expired reservations are taken anew where they were, for the goods may already be assigned. Who
# has paid gets pieces of the safety stock, too; what it waits for itself does not come before it.
COMMIT = direct("""
WITH mine AS MATERIALIZED (
    SELECT id, sku_id, warehouse_id, quantity - shipped - freed AS quantity, state
      FROM reservations WHERE owner = :owner ORDER BY sku_id, warehouse_id FOR UPDATE),
waits AS MATERIALIZED (
    SELECT id, sku_id, warehouse_id, quantity - filled - freed AS open FROM backorders
     WHERE owner = :owner AND filled + freed < quantity
     ORDER BY sku_id, warehouse_id FOR UPDATE),
lost AS (SELECT * FROM mine WHERE state = 'expired'),
locked AS MATERIALIZED (
    SELECT s.*, l.quantity FROM stock s
      JOIN lost l ON l.sku_id = s.sku_id AND l.warehouse_id = s.warehouse_id
     ORDER BY s.sku_id, s.warehouse_id FOR UPDATE OF s),
verdict AS MATERIALIZED (
    SELECT (EXISTS (SELECT 1 FROM mine) OR EXISTS (SELECT 1 FROM waits))
       AND NOT EXISTS (SELECT 1 FROM mine WHERE state = 'released')
       AND NOT EXISTS (
           SELECT 1 FROM lost l LEFT JOIN locked s USING (sku_id, warehouse_id)
             LEFT JOIN waits w USING (sku_id, warehouse_id)
            WHERE coalesce(s.on_hand - s.reserved - s.waiting + coalesce(w.open, 0), 0)
                  < l.quantity) AS is_committed),
taken AS (
    UPDATE stock s SET on_hand = l.on_hand, reserved = l.reserved + l.quantity
      FROM locked l, verdict v
     WHERE v.is_committed AND s.sku_id = l.sku_id AND s.warehouse_id = l.warehouse_id),
stays AS (
    UPDATE backorders b SET expires_at = NULL, changed_at = now()
      FROM waits w, verdict v WHERE v.is_committed AND b.id = w.id),
kept AS (
    UPDATE reservations r SET state = 'committed', expires_at = NULL, changed_at = now()
      FROM mine m, verdict v
     WHERE v.is_committed AND r.id = m.id AND m.state IN ('held', 'expired'))
SELECT is_committed FROM verdict
""")

GIVE_BACK = """
freed AS (
    SELECT sku_id, warehouse_id, sum(quantity)::int AS quantity
      FROM ended GROUP BY sku_id, warehouse_id),
locked AS MATERIALIZED (
    SELECT s.*, f.quantity
      FROM stock s JOIN freed f ON f.sku_id = s.sku_id AND f.warehouse_id = s.warehouse_id
     ORDER BY s.sku_id, s.warehouse_id FOR UPDATE OF s),
given AS (
    UPDATE stock s SET on_hand = l.on_hand, reserved = l.reserved - l.quantity
      FROM locked l WHERE s.sku_id = l.sku_id AND s.warehouse_id = l.warehouse_id)
SELECT count(*) FROM ended
"""

RELEASE = direct("""
WITH ended AS (
    UPDATE reservations SET state = 'released', expires_at = NULL, changed_at = now()
     WHERE owner = :owner AND state IN ('held', 'committed')
    RETURNING sku_id, warehouse_id, quantity - shipped - freed AS quantity),
waits AS (
    UPDATE backorders b SET freed = b.freed + w.open, changed_at = now()
      FROM (SELECT id, quantity - filled - freed AS open FROM backorders
             WHERE owner = :owner AND filled + freed < quantity
             ORDER BY sku_id, warehouse_id FOR UPDATE) w
     WHERE b.id = w.id RETURNING b.sku_id, b.warehouse_id, w.open),
freed AS (
    SELECT sku_id, warehouse_id, sum(quantity)::int AS quantity, sum(open)::int AS open
      FROM (SELECT sku_id, warehouse_id, quantity, 0 AS open FROM ended
            UNION ALL SELECT sku_id, warehouse_id, 0, open FROM waits) e
     GROUP BY sku_id, warehouse_id),
locked AS MATERIALIZED (
    SELECT s.*, f.quantity, f.open
      FROM stock s JOIN freed f ON f.sku_id = s.sku_id AND f.warehouse_id = s.warehouse_id
     ORDER BY s.sku_id, s.warehouse_id FOR UPDATE OF s),
given AS (
    UPDATE stock s SET on_hand = l.on_hand, reserved = l.reserved - l.quantity,
           waiting = l.waiting - l.open
      FROM locked l WHERE s.sku_id = l.sku_id AND s.warehouse_id = l.warehouse_id)
SELECT count(*) FROM freed
""")

# Of kits what was promised with them.
OPEN = direct("""
WITH wanted AS MATERIALIZED (
    SELECT coalesce(k.sku_id, p.sku_id) AS sku_id, p.warehouse_id,
           sum(p.quantity * coalesce(k.quantity, 1))::int AS pieces
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:warehouse_ids AS uuid[]),
                  CAST(:quantities AS int[])) AS p(sku_id, warehouse_id, quantity)
      LEFT JOIN kit_promises k ON k.owner = :owner AND k.kit_id = p.sku_id
     GROUP BY 1, 2),
mine AS MATERIALIZED (
    SELECT r.sku_id, r.warehouse_id, r.state, r.quantity - r.shipped - r.freed AS open
      FROM reservations r
     WHERE r.owner = :owner AND r.state IN ('held', 'committed')
       AND (r.sku_id, r.warehouse_id) IN (SELECT sku_id, warehouse_id FROM wanted)
     ORDER BY r.sku_id, r.warehouse_id FOR UPDATE)
SELECT w.sku_id, w.warehouse_id, w.pieces, m.state, coalesce(m.open, 0) AS open
  FROM wanted w LEFT JOIN mine m USING (sku_id, warehouse_id)
 ORDER BY w.sku_id, w.warehouse_id
""")

# What leaves a promise is shipped or freed; a promise of which nothing is left has ended.
_TAKE = """
WITH plan AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:warehouse_ids AS uuid[]),
        CAST(:quantities AS int[])
    ) AS p(id, sku_id, warehouse_id, quantity)),
taken AS (
    UPDATE reservations r SET {column} = r.{column} + p.quantity, changed_at = now(),
           state = CASE WHEN r.quantity > r.shipped + r.freed + p.quantity THEN r.state
                        WHEN {has_shipped} THEN 'shipped' ELSE 'freed' END
      FROM plan p WHERE r.owner = :owner AND r.sku_id = p.sku_id
       AND r.warehouse_id = p.warehouse_id AND r.state IN ('held', 'committed')),
locked AS MATERIALIZED (
    SELECT s.*, p.quantity FROM stock s JOIN plan p USING (sku_id, warehouse_id)
     ORDER BY s.sku_id, s.warehouse_id FOR UPDATE OF s),
gone AS (
    UPDATE stock s SET on_hand = l.on_hand - {leaves}, reserved = l.reserved - l.quantity
      FROM locked l
     WHERE s.sku_id = l.sku_id AND s.warehouse_id = l.warehouse_id
    RETURNING s.sku_id, s.warehouse_id, s.on_hand)
"""

SHIP = direct(f"""
{_TAKE.format(column="shipped", has_shipped="true", leaves="l.quantity")}
INSERT INTO stock_movements
       (id, sku_id, warehouse_id, kind, quantity, on_hand_after, cause, actor)
SELECT p.id, p.sku_id, p.warehouse_id, 'shipment', -p.quantity, g.on_hand, :cause, :actor
  FROM plan p JOIN gone g USING (sku_id, warehouse_id)
""")

FREE = direct(f"""
{_TAKE.format(column="freed", has_shipped="r.shipped > 0", leaves="0")}
SELECT count(*) FROM gone
""")

Pieces: TypeAlias = Mapping[tuple[UUID, UUID], int]
"""Quantities by SKU and warehouse."""


class ReservationRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def hold(
        self,
        rows: Sequence[tuple[UUID, UUID, int]],
        *,
        owner: str,
        member_id: UUID,
        channel_id: UUID,
        expires_at: datetime | None,
        kits: Sequence[tuple[UUID, UUID, int, int]] = (),
    ) -> bool:
        """Promise `(sku_id, warehouse_id, quantity)`, all or nothing; for good without expiry.

        `kits` keep `(kit_id, sku_id, quantity, worth)` of those among what is promised.
        """
        values = {
            "ids": [new_id() for _ in rows],
            "sku_ids": [row[0] for row in rows],
            "warehouse_ids": [row[1] for row in rows],
            "quantities": [row[2] for row in rows],
            "owner": owner,
            "member_id": member_id,
            "channel_id": channel_id,
            "expires_at": expires_at,
        }
        if not kits:
            return bool(await self._session.scalar(HOLD, values))
        names = ("kit_ids", "part_ids", "counts", "worths")
        values |= {
            name: list(each) for name, each in zip(names, zip(*kits, strict=True), strict=True)
        }
        return bool(await self._session.scalar(HOLD_KITS, values))

    async def seconds_held(self, sku_ids: Sequence[UUID]) -> int | None:
        """Seconds until the first unpaid hold on one of the SKUs ends; None without any.

        At least one: a hold past its time is still to be swept.
        """
        found = await self._session.scalar(SECONDS_HELD, {"sku_ids": list(sku_ids)})
        return None if found is None else max(1, found)

    async def commit(self, owner: str) -> bool:
        return bool(await self._session.scalar(COMMIT, {"owner": owner}))

    async def release(self, owner: str) -> int:
        return int(await self._session.scalar(RELEASE, {"owner": owner}) or 0)

    async def expire(self, limit: int) -> int:
        """End what is past its expiry by the database's clock, skipping what others hold."""
        statement = text(f"""
            WITH due AS MATERIALIZED (
                SELECT id FROM reservations WHERE state = 'held' AND expires_at <= now()
                 ORDER BY expires_at LIMIT {int(limit)} FOR UPDATE SKIP LOCKED),
            ended AS (
                UPDATE reservations r SET state = 'expired', changed_at = now()
                  FROM due WHERE r.id = due.id AND r.state = 'held'
                RETURNING r.sku_id, r.warehouse_id,
                          r.quantity - r.shipped - r.freed AS quantity),
            {GIVE_BACK}
        """)
        return int(await self._session.scalar(statement) or 0)

    async def open(self, owner: str, pieces: Pieces) -> Sequence[Any]:
        """Wanted pieces, and state and pieces left of the owner's promises; locked until commit.

        In order of SKU and warehouse, kits as what they are made of; without a promise the state
        is null.
        """
        return (await self._session.execute(OPEN, _values(owner, pieces))).all()

    async def ship(self, owner: str, pieces: Pieces, *, cause: str, actor: str | None) -> None:
        """Move locked pieces out of their warehouses."""
        values = _values(owner, pieces) | {"cause": cause, "actor": actor}
        await self._session.execute(SHIP, values)

    async def free(self, owner: str, pieces: Pieces) -> None:
        """Give locked pieces back to everybody."""
        await self._session.execute(FREE, _values(owner, pieces))

    async def page(
        self,
        *,
        owner: str | None,
        sku_id: UUID | None,
        state: str | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Any]:
        """Reservations, newest first."""
        statement = text(f"""
            SELECT id, created_at, owner, member_id, sku_id, warehouse_id, quantity, shipped,
                   freed, state, expires_at, changed_at
              FROM reservations
             WHERE (CAST(:owner AS text) IS NULL OR owner = :owner)
               AND (CAST(:sku_id AS uuid) IS NULL OR sku_id = :sku_id)
               AND (CAST(:state AS text) IS NULL OR state = :state)
               AND (CAST(:after AS uuid) IS NULL OR id < :after)
             ORDER BY id DESC LIMIT {int(limit)}
        """)
        values = {"owner": owner, "sku_id": sku_id, "state": state, "after": after}
        return (await self._session.execute(statement, values)).all()


def _values(owner: str, pieces: Pieces) -> dict[str, Any]:
    return {
        "owner": owner,
        "ids": [new_id() for _ in pieces],
        "sku_ids": [sku_id for sku_id, _ in pieces],
        "warehouse_ids": [warehouse_id for _, warehouse_id in pieces],
        "quantities": list(pieces.values()),
    }
