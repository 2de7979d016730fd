"""Stock that is held for several orders to come, and what becomes of it.

As everywhere reservations are locked first, then stock by (sku_id, warehouse_id). What goes over to
an order was promised before and is promised after: stock itself does not change.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id
from app.repositories.inventory.reservations import Pieces

_KEPT = """
SELECT sku_id, warehouse_id, quantity - shipped - freed AS open FROM reservations
 WHERE owner = :earmark AND state = 'held' AND expires_at > now()
   AND sku_id = ANY(CAST(:sku_ids AS uuid[]))
 ORDER BY sku_id, warehouse_id
"""
_READ = direct(_KEPT)
_LOCKED = direct(f"{_KEPT} FOR UPDATE")

_TAKE_OVER = direct("""
WITH plan AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:warehouse_ids AS uuid[]),
        CAST(:quantities AS int[])
    ) AS p(id, sku_id, warehouse_id, quantity)),
mine AS MATERIALIZED (
    SELECT r.id, r.sku_id, r.warehouse_id, r.freed, r.quantity - r.shipped - r.freed AS open
      FROM reservations r
     WHERE r.owner = :earmark AND r.state = 'held' AND r.expires_at > now()
       AND (r.sku_id, r.warehouse_id) IN (SELECT sku_id, warehouse_id FROM plan)
     ORDER BY r.sku_id, r.warehouse_id FOR UPDATE OF r),
verdict AS MATERIALIZED (
    SELECT count(*) = cardinality(CAST(:ids AS uuid[])) AS fits
      FROM mine m JOIN plan p USING (sku_id, warehouse_id) WHERE m.open >= p.quantity),
left_there AS (
    UPDATE reservations r SET freed = m.freed + p.quantity, changed_at = now(),
           state = CASE WHEN m.open > p.quantity THEN 'held' ELSE 'freed' END
      FROM mine m JOIN plan p USING (sku_id, warehouse_id), verdict v
     WHERE v.fits AND r.id = m.id),
come_here AS (
    INSERT INTO reservations
           (id, owner, member_id, sku_id, warehouse_id, quantity, state, expires_at)
    SELECT p.id, :owner, :member_id, p.sku_id, p.warehouse_id, p.quantity,
           CASE WHEN CAST(:expires_at AS timestamptz) IS NULL THEN 'committed' ELSE 'held' END,
           CAST(:expires_at AS timestamptz)
      FROM plan p, verdict v WHERE v.fits)
SELECT fits FROM verdict
""")


class EarmarkRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def kept(
        self, earmark: str, sku_ids: Sequence[UUID], *, lock: bool = False
    ) -> dict[tuple[UUID, UUID], int]:
        """Pieces that are held still, by SKU and warehouse; locked until commit, if asked."""
        values = {"earmark": earmark, "sku_ids": list(sku_ids)}
        rows = await self._session.execute(_LOCKED if lock else _READ, values)
        return {(row.sku_id, row.warehouse_id): row.open for row in rows}

    async def take_over(
        self,
        earmark: str,
        pieces: Pieces,
        *,
        owner: str,
        member_id: UUID,
        expires_at: datetime | None,
    ) -> bool:
        """All pieces are promised to `owner` from now on, or none; for good without expiry."""
        values = {
            "earmark": earmark,
            "owner": owner,
            "member_id": member_id,
            "expires_at": expires_at,
            "ids": [new_id() for _ in pieces],
            "sku_ids": [sku_id for sku_id, _ in pieces],
            "warehouse_ids": [warehouse_id for _, warehouse_id in pieces],
            "quantities": list(pieces.values()),
        }
        return bool(await self._session.scalar(_TAKE_OVER, values))
