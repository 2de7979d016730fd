"""Pieces that change from one fulfilment of an order to another. Callers hold the order's row."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

_OPEN = text("""
    INSERT INTO fulfilments (id, number, order_id, member_id, merchant_id, warehouse_id, status,
        priority, kind, return_id, round)
    SELECT CAST(:id AS uuid), :number, f.order_id, f.member_id, f.merchant_id,
        coalesce(CAST(:warehouse_id AS uuid), f.warehouse_id), 'unfulfilled', f.priority, f.kind,
        f.return_id, f.round
    FROM fulfilments f WHERE f.id = :like
""")
# A line of which nothing is left there is taken away, and a fulfilment without lines with it.
_MOVE = text("""
    WITH wanted AS MATERIALIZED (
        SELECT w.*, x.sku_id, x.unit_cost_minor
        FROM unnest(CAST(:line_ids AS uuid[]), CAST(:quantities AS int[])) AS w(line_id, quantity)
        JOIN fulfilment_lines x ON x.fulfilment_id = :from_id AND x.order_line_id = w.line_id),
    shrunk AS (
        UPDATE fulfilment_lines x SET quantity = x.quantity - w.quantity FROM wanted w
        WHERE x.fulfilment_id = :from_id AND x.order_line_id = w.line_id
          AND x.quantity > w.quantity),
    gone AS (
        DELETE FROM fulfilment_lines x USING wanted w
        WHERE x.fulfilment_id = :from_id AND x.order_line_id = w.line_id
          AND x.quantity = w.quantity)
    INSERT INTO fulfilment_lines AS x (fulfilment_id, order_line_id, member_id, quantity, sku_id,
        unit_cost_minor)
    SELECT f.id, w.line_id, f.member_id, w.quantity, w.sku_id, w.unit_cost_minor
    FROM wanted w, fulfilments f
    WHERE f.id = :to_id
    ON CONFLICT (fulfilment_id, order_line_id)
        DO UPDATE SET quantity = x.quantity + excluded.quantity
""")
_DROP_EMPTY = text("""
    DELETE FROM fulfilments f WHERE f.id = :id
      AND NOT EXISTS (SELECT FROM fulfilment_lines x WHERE x.fulfilment_id = f.id)
      AND NOT EXISTS (SELECT FROM shipments s WHERE s.fulfilment_id = f.id)
""")
_WAREHOUSE = text("SELECT merchant_id, is_active FROM warehouses WHERE id = :id")


class RegroupRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(
        self, fulfilment_id: UUID, number: str, *, like: UUID, warehouse_id: UUID | None
    ) -> None:
        """A fulfilment without lines beside another one, in its warehouse or the one named."""
        values = {
            "id": fulfilment_id,
            "number": number,
            "like": like,
            "warehouse_id": warehouse_id,
        }
        await self._session.execute(_OPEN, values)

    async def move(self, from_id: UUID, to_id: UUID, pieces: Mapping[UUID, int]) -> None:
        """Open pieces by line change from one fulfilment to the other."""
        values = {
            "from_id": from_id,
            "to_id": to_id,
            "line_ids": list(pieces),
            "quantities": list(pieces.values()),
        }
        await self._session.execute(_MOVE, values)

    async def drop_empty(self, fulfilment_id: UUID) -> None:
        await self._session.execute(_DROP_EMPTY, {"id": fulfilment_id})

    async def warehouse(self, warehouse_id: UUID) -> RowMapping | None:
        found = await self._session.execute(_WAREHOUSE, {"id": warehouse_id})
        return found.mappings().first()
