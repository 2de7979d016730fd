"""Sales of tills."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.keyset import before

_KNOWN = text("""
    SELECT EXISTS (SELECT FROM channels
                    WHERE id = :channel_id AND kind = 'point_of_sale') AS is_till
""")
# Whoever sells under the same number waits here until the first one is kept, or is not.
_ADD = text("""
    INSERT INTO pos_sales (id, number, warehouse_id, channel_id, till_number, sold_at, is_offline,
                           is_short, state, sold_by)
    VALUES (:id, :number, :warehouse_id, :channel_id, :till_number, :sold_at, :is_offline,
            false, 'sold', :sold_by)
    ON CONFLICT (warehouse_id, till_number) DO NOTHING RETURNING id
""")
_LINES = text("""
    WITH lines AS (
        INSERT INTO pos_sale_lines (sale_id, sku_id, quantity, short, unfit, serials)
        SELECT CAST(:id AS uuid), sku_id, quantity, short, unfit,
               ARRAY(SELECT s.serial FROM unnest(CAST(:serial_skus AS uuid[]),
                                                 CAST(:serials AS text[])) AS s(sku_id, serial)
                      WHERE s.sku_id = n.sku_id ORDER BY s.serial)
          FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:quantities AS int[]),
                      CAST(:short AS int[]), CAST(:unfit AS int[]))
               AS n(sku_id, quantity, short, unfit)
        RETURNING short, unfit)
    UPDATE pos_sales p SET is_short = n.is_short, is_unfit = n.is_unfit
      FROM (SELECT bool_or(short > 0) AS is_short, bool_or(unfit > 0) AS is_unfit FROM lines) n
     WHERE p.id = :id AND (n.is_short OR n.is_unfit)
""")
_SHOWN = """
    SELECT p.*, (
        SELECT jsonb_agg(jsonb_build_object(
                   'sku_id', l.sku_id, 'quantity', l.quantity, 'short', l.short,
                   'unfit', l.unfit, 'serials', l.serials) ORDER BY l.sku_id)
          FROM pos_sale_lines l WHERE l.sale_id = p.id) AS lines
      FROM pos_sales p WHERE {which}
"""
_BY_NUMBER = text(_SHOWN.format(which="p.warehouse_id = :warehouse_id AND till_number = :number"))
_ONE = text(_SHOWN.format(which="p.id = :id"))
_LOCKED = text("SELECT id FROM pos_sales WHERE id = :id FOR NO KEY UPDATE")
_UNDO = text("""
    UPDATE pos_sales SET state = 'undone', undone_by = :by, undone_at = :at, reason = :reason
     WHERE id = :id
""")


class SoldLine(NamedTuple):
    """Pieces of a SKU; `short` were not free, `unfit` of batches not to be sold."""

    quantity: int
    short: int
    unfit: int
    serials: Collection[str]


class PosSaleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def is_till(self, channel_id: UUID) -> bool:
        """Whether a channel sells off the shelf."""
        return bool(await self._session.scalar(_KNOWN, {"channel_id": channel_id}))

    async def add(self, row: Mapping[str, Any]) -> bool:
        """Keep a sale; False where its number is kept already."""
        return await self._session.scalar(_ADD, dict(row)) is not None

    async def add_lines(self, sale_id: UUID, lines: Mapping[UUID, SoldLine]) -> None:
        """Keep what was sold, by SKU."""
        serials = [(sku_id, each) for sku_id, line in lines.items() for each in line.serials]
        values = {
            "id": sale_id,
            "sku_ids": list(lines),
            "quantities": [line.quantity for line in lines.values()],
            "short": [line.short for line in lines.values()],
            "unfit": [line.unfit for line in lines.values()],
            "serial_skus": [sku_id for sku_id, _ in serials],
            "serials": [each for _, each in serials],
        }
        await self._session.execute(_LINES, values)

    async def numbered(self, warehouse_id: UUID, number: str) -> RowMapping:
        values = {"warehouse_id": warehouse_id, "number": number}
        return (await self._session.execute(_BY_NUMBER, values)).mappings().one()

    async def find(self, sale_id: UUID, *, lock: bool = False) -> RowMapping | None:
        if lock:
            await self._session.execute(_LOCKED, {"id": sale_id})
        return (await self._session.execute(_ONE, {"id": sale_id})).mappings().one_or_none()

    async def undo(self, sale_id: UUID, *, by: str, at: datetime, reason: str) -> None:
        values = {"id": sale_id, "by": by, "at": at, "reason": reason}
        await self._session.execute(_UNDO, values)

    async def page(
        self,
        *,
        warehouse_id: UUID | None,
        is_short: bool,
        is_unfit: bool,
        after: UUID | None,
        limit: int,
    ) -> Sequence[RowMapping]:
        """The newest first, or of those alone that sold what was not free, or not to be sold."""
        which = before("p.id") + (" AND p.is_short" if is_short else "")
        which += " AND p.is_unfit" if is_unfit else ""
        if warehouse_id is not None:
            which += " AND p.warehouse_id = :warehouse_id"
        statement = f"{_SHOWN.format(which=which)} ORDER BY p.id DESC LIMIT {int(limit)}"
        values = {"after": after} | ({"warehouse_id": warehouse_id} if warehouse_id else {})
        return (await self._session.execute(text(statement), values)).mappings().all()
