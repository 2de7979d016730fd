"""Fulfilments of what is sent again. Callers hold the order's row."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_ROUND = text("SELECT coalesce(max(round), 0) + 1 FROM fulfilments WHERE return_id = :return_id")
_OPEN = text("""
    INSERT INTO fulfilments (id, number, order_id, member_id, merchant_id, warehouse_id, priority,
        kind, return_id, round)
    SELECT CAST(:id AS uuid), :number, o.id, o.member_id, CAST(:merchant_id AS uuid),
        CAST(:warehouse_id AS uuid), o.priority, :kind, CAST(:return_id AS uuid), :round
    FROM orders o WHERE o.id = :order_id
""")
# What is repaired was sold before; what is sent instead of it costs its own or another price.
_LINES = text("""
    INSERT INTO fulfilment_lines (fulfilment_id, order_line_id, member_id, quantity, sku_id,
        unit_cost_minor)
    SELECT CAST(:id AS uuid), l.id, l.member_id, w.quantity,
        CASE WHEN w.sku_id <> l.sku_id THEN w.sku_id END,
        CASE WHEN :kind = 'repair' THEN NULL WHEN w.sku_id = l.sku_id THEN l.unit_cost_minor
            WHEN k.cost_currency = o.currency THEN k.cost_minor END
    FROM unnest(CAST(:line_ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:quantities AS int[]))
        AS w(line_id, sku_id, quantity)
    JOIN order_lines l ON l.id = w.line_id JOIN orders o ON o.id = l.order_id
    JOIN skus k ON k.id = w.sku_id
""")

_OF = text("""
    SELECT f.id, f.round, f.kind, f.status,
        sum(x.quantity - x.cancelled) AS wanted, sum(x.packed) AS packed, sum(x.shipped) AS shipped
    FROM fulfilments f JOIN fulfilment_lines x ON x.fulfilment_id = f.id
    WHERE f.return_id = :return_id GROUP BY f.id ORDER BY f.id
""")
_GOES_TO = text("SELECT address, delivery FROM orders WHERE id = :order_id").columns(
    address=JSONB, delivery=JSONB
)


class Resent(NamedTuple):
    """Pieces of a line that are sent again, as `sku_id`."""

    line_id: UUID
    sku_id: UUID
    quantity: int


class ResendRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def round(self, return_id: UUID) -> int:
        """The how manieth time it will be that a return has something sent."""
        return int(await self._session.scalar(_ROUND, {"return_id": return_id}) or 1)

    async def goes_to(self, order_id: UUID) -> RowMapping:
        """Where an order goes, and how."""
        return (await self._session.execute(_GOES_TO, {"order_id": order_id})).mappings().one()

    async def open(self, values: Mapping[str, Any], lines: Sequence[Resent]) -> None:
        """A fulfilment that is no sale, with its lines."""
        await self._session.execute(_OPEN, values)
        columns = {
            "line_ids": [each.line_id for each in lines],
            "sku_ids": [each.sku_id for each in lines],
            "quantities": [each.quantity for each in lines],
        }
        chosen = {"id": values["id"], "kind": values["kind"]}
        await self._session.execute(_LINES, chosen | columns)

    async def of(self, return_id: UUID) -> Sequence[RowMapping]:
        """What a return has had sent, by fulfilment, with how much of it is still to leave."""
        found = await self._session.execute(_OF, {"return_id": return_id})
        return found.mappings().all()
