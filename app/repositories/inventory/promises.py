"""Promises that move from one warehouse to another.

The owner's reservations are locked first, then all stock by (sku_id, warehouse_id); stock is set
from the locked reading, as everywhere. What was let go where pieces shall go is no promise to join.
"""

from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id

Move: TypeAlias = tuple[UUID, UUID, UUID]
"""SKU, the warehouse it was promised in, the warehouse it shall be promised in."""

_MOVE = direct("""
WITH plan AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:from_ids AS uuid[]),
        CAST(:to_ids AS uuid[]), CAST(:quantities AS int[])
    ) AS p(id, sku_id, from_id, to_id, quantity)),
changes AS MATERIALIZED (
    SELECT sku_id, warehouse_id, sum(change)::int AS change
      FROM (SELECT sku_id, from_id AS warehouse_id, -quantity AS change FROM plan
            UNION ALL SELECT sku_id, to_id, quantity FROM plan) c GROUP BY 1, 2),
mine AS MATERIALIZED (
    SELECT r.sku_id, r.warehouse_id, r.state, r.expires_at, CASE
               WHEN r.state IN ('held', 'committed') THEN r.quantity - r.shipped - r.freed
               ELSE 0 END AS open
      FROM reservations r
     WHERE r.owner = :owner
       AND (r.sku_id, r.warehouse_id) IN (SELECT sku_id, warehouse_id FROM changes)
     ORDER BY r.sku_id, r.warehouse_id FOR UPDATE OF r),
locked AS MATERIALIZED (
    SELECT s.sku_id, s.warehouse_id, s.on_hand, s.reserved, s.waiting, c.change
      FROM stock s JOIN changes c USING (sku_id, warehouse_id), (SELECT count(*) FROM mine) first
     ORDER BY s.sku_id, s.warehouse_id FOR UPDATE OF s),
verdict AS MATERIALIZED (
    SELECT count(*) = (SELECT count(*) FROM changes) AS fits
      FROM locked l LEFT JOIN mine m USING (sku_id, warehouse_id)
     WHERE CASE WHEN l.change < 0 THEN coalesce(m.open, 0) >= -l.change
                WHEN m.state IN ('expired', 'released') THEN false
                ELSE l.on_hand - l.reserved - l.waiting >= l.change END),
taken AS (
    UPDATE stock s SET on_hand = l.on_hand, reserved = l.reserved + l.change
      FROM locked l, verdict v
     WHERE v.fits AND s.sku_id = l.sku_id AND s.warehouse_id = l.warehouse_id),
left_there AS (
    UPDATE reservations r SET freed = r.freed - c.change, changed_at = now(),
           state = CASE WHEN r.quantity > r.shipped + r.freed - c.change THEN r.state
                        WHEN r.shipped > 0 THEN 'shipped' ELSE 'freed' END
      FROM changes c, verdict v
     WHERE v.fits AND c.change < 0 AND r.owner = :owner AND r.sku_id = c.sku_id
       AND r.warehouse_id = c.warehouse_id),
come_here AS (
    INSERT INTO reservations AS r
           (id, owner, member_id, sku_id, warehouse_id, quantity, state, expires_at)
    SELECT p.id, :owner, :member_id, p.sku_id, p.to_id, p.quantity, m.state, m.expires_at
      FROM plan p JOIN mine m ON m.sku_id = p.sku_id AND m.warehouse_id = p.from_id, verdict v
     WHERE v.fits
    ON CONFLICT (owner, sku_id, warehouse_id) DO UPDATE
       SET quantity = r.quantity + excluded.quantity, state = excluded.state,
           expires_at = excluded.expires_at, changed_at = now())
SELECT fits FROM verdict
""")


class PromiseRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def move(self, owner: str, member_id: UUID, moves: Mapping[Move, int]) -> bool:
        """All pieces or none; False where fewer are promised there, or free here."""
        values = {
            "owner": owner,
            "member_id": member_id,
            "ids": [new_id() for _ in moves],
            "sku_ids": [sku_id for sku_id, _, _ in moves],
            "from_ids": [from_id for _, from_id, _ in moves],
            "to_ids": [to_id for _, _, to_id in moves],
            "quantities": list(moves.values()),
        }
        return bool(await self._session.scalar(_MOVE, values))
