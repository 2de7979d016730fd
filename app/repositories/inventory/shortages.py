"""Pieces that are missing while they are promised. Shortages are locked before stock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.models.backorders import StockShortage
from app.repositories.inventory.reservations import Pieces

_LOCKED = text("""
    SELECT id, sku_id, warehouse_id, batch_id, owner, cause, actor,
        quantity - written_off - gone AS open
    FROM stock_shortages WHERE id = :id FOR UPDATE
""")
_OF_OWNER = text("""
    SELECT id, quantity - written_off - gone AS open FROM stock_shortages
    WHERE written_off + gone < quantity AND owner = :owner AND sku_id = :sku_id
      AND warehouse_id = :warehouse_id
    ORDER BY id FOR UPDATE
""")
_SETTLE = text("""
    UPDATE stock_shortages SET written_off = written_off + :written_off, gone = gone + :gone,
        looked_at = now()
    WHERE id = :id
""")
_DUE = """
    SELECT id, sku_id, warehouse_id, owner FROM stock_shortages
    WHERE written_off + gone < quantity
      AND (looked_at IS NULL OR looked_at < now() - interval '15 minutes')
    ORDER BY id LIMIT {limit}
"""
_PAGE = """
    SELECT h.id, h.created_at, h.sku_id, k.code AS sku_code, h.warehouse_id,
        w.code AS warehouse_code, h.batch_id, h.owner, h.quantity, h.written_off, h.gone,
        h.quantity - h.written_off - h.gone AS open, h.cause, h.actor, h.note, h.looked_at
    FROM stock_shortages h JOIN skus k ON k.id = h.sku_id JOIN warehouses w ON w.id = h.warehouse_id
    WHERE (CAST(:is_open AS boolean) IS NULL OR (h.written_off + h.gone < h.quantity) = :is_open)
      AND (CAST(:warehouse_id AS uuid) IS NULL OR h.warehouse_id = :warehouse_id)
      AND (CAST(:after AS uuid) IS NULL OR h.id < :after)
    ORDER BY h.id DESC LIMIT {limit}
"""
# Stock and its promises are locked by whoever freed them.
_LET_WAIT = text("""
    WITH plan AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]),
            CAST(:warehouse_ids AS uuid[]), CAST(:quantities AS int[])
        ) AS p(id, sku_id, warehouse_id, quantity)),
    kept AS (
        INSERT INTO backorders AS b (id, owner, member_id, sku_id, warehouse_id, kind, ships_at,
            last_at, allows_partial, quantity)
        SELECT p.id, :owner, :member_id, p.sku_id, p.warehouse_id, 'backorder', :ships_at,
            :last_at, true, p.quantity
        FROM plan p
        ON CONFLICT (owner, sku_id, warehouse_id) DO UPDATE
           SET quantity = b.quantity + excluded.quantity,
               last_at = least(b.last_at, excluded.last_at), changed_at = now())
    UPDATE stock s SET waiting = s.waiting + p.quantity FROM plan p
    WHERE s.sku_id = p.sku_id AND s.warehouse_id = p.warehouse_id
""")


class ShortageRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, rows: Sequence[StockShortage]) -> None:
        self._session.add_all(rows)
        await self._session.flush()

    async def locked(self, shortage_id: UUID) -> RowMapping | None:
        """A shortage with how many of its pieces are `open`, locked until commit."""
        return (await self._session.execute(_LOCKED, {"id": shortage_id})).mappings().first()

    async def of_owner(self, owner: str, sku_id: UUID, warehouse_id: UUID) -> Sequence[RowMapping]:
        """Open shortages that were said of an owner's promise, locked until commit."""
        values = {"owner": owner, "sku_id": sku_id, "warehouse_id": warehouse_id}
        return (await self._session.execute(_OF_OWNER, values)).mappings().all()

    async def settle(self, shortage_id: UUID, *, written_off: int, gone: int) -> None:
        """So many of its pieces are off the books or were not on them; it was looked at."""
        values = {"id": shortage_id, "written_off": written_off, "gone": gone}
        await self._session.execute(_SETTLE, values)

    async def due(self, limit: int) -> Sequence[RowMapping]:
        """Shortages with promises that are still to be left, oldest first."""
        return (await self._session.execute(text(_DUE.format(limit=int(limit))))).mappings().all()

    async def page(
        self,
        *,
        is_open: bool | None,
        warehouse_id: UUID | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[RowMapping]:
        """Shortages, newest first."""
        values = {"is_open": is_open, "warehouse_id": warehouse_id, "after": after}
        found = await self._session.execute(text(_PAGE.format(limit=int(limit))), values)
        return found.mappings().all()

    async def let_wait(
        self, owner: str, pieces: Pieces, *, member_id: UUID, ships_at: datetime, last_at: datetime
    ) -> None:
        """Pieces that were promised and are locked wait from now on."""
        values: dict[str, Any] = {
            "owner": owner,
            "member_id": member_id,
            "ids": [new_id() for _ in pieces],
            "sku_ids": [sku_id for sku_id, _ in pieces],
            "warehouse_ids": [warehouse_id for _, warehouse_id in pieces],
            "quantities": list(pieces.values()),
            "ships_at": ships_at,
            "last_at": last_at,
        }
        await self._session.execute(_LET_WAIT, values)
