"""Lines as far as returns go, and what was made of those of a return."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

# Where a line's goods go back to: the warehouse most of them left from, the first of equals.
# `swapped` are pieces by SKU that were sent instead of the line's own and have not come back.
_LINES = text("""
    SELECT l.id, coalesce(f.shipped, 0) AS shipped, coalesce(f.cancelled, 0) AS cancelled,
        f.warehouse_id,
        (SELECT coalesce(sum(x.quantity), 0) FROM shipment_lines x
         JOIN shipments s ON s.id = x.shipment_id JOIN fulfilments f ON f.id = s.fulfilment_id
         WHERE x.order_line_id = l.id AND s.state = 'returned' AND f.kind = 'sale')
        - (SELECT coalesce(sum(x.quantity), 0) FROM order_return_lines x
           JOIN order_returns r ON r.id = x.return_id JOIN shipments s ON s.id = r.shipment_id
           WHERE x.order_line_id = l.id AND r.kind = 'reship' AND r.state = 'sent'
             AND s.state = 'returned') AS undelivered,
        (SELECT coalesce(jsonb_object_agg(g.sku_id, g.pieces), '{}') FROM (
            SELECT v.sku_id, sum(v.pieces) AS pieces
            FROM order_return_lines x JOIN order_returns r ON r.id = x.return_id,
            LATERAL (VALUES
                (x.for_sku_id, CASE WHEN r.kind = 'exchange' AND r.state = 'sent'
                    THEN coalesce(x.accepted, x.quantity) ELSE 0 END),
                (x.sku_id, CASE
                    WHEN r.state IN ('requested', 'escalated', 'awaiting_goods', 'in_transit',
                             'received', 'accepted', 'refunding', 'sending')
                        OR r.state = 'refunded' AND r.kind = 'return'
                        OR r.state = 'sent' AND r.kind = 'exchange'
                    THEN - coalesce(x.accepted, x.quantity) ELSE 0 END)) AS v(sku_id, pieces)
            WHERE x.order_line_id = l.id AND v.sku_id IS NOT NULL
            GROUP BY 1 HAVING sum(v.pieces) > 0) g) AS swapped
    FROM order_lines l
    LEFT JOIN LATERAL (
        SELECT sum(x.shipped) AS shipped, sum(x.cancelled) AS cancelled,
            (array_agg(f.warehouse_id ORDER BY x.shipped DESC, f.id))[1] AS warehouse_id
        FROM fulfilment_lines x JOIN fulfilments f ON f.id = x.fulfilment_id
        WHERE x.order_line_id = l.id AND f.kind = 'sale') f ON true
    WHERE l.order_id = :order_id ORDER BY l.position
""").columns(swapped=JSONB)
_GRADE = text("""
    UPDATE order_return_lines x SET resellable = w.resellable, damaged = w.damaged,
        scrap = w.scrap, accepted = w.resellable + w.damaged + w.scrap
    FROM unnest(CAST(:line_ids AS uuid[]), CAST(:resellable AS int[]), CAST(:damaged AS int[]),
        CAST(:scrap AS int[])) AS w(line_id, resellable, damaged, scrap)
    WHERE x.return_id = :id AND x.order_line_id = w.line_id
""")
_PIECES = text("""
    INSERT INTO order_return_pieces AS p (return_id, order_line_id, sku_id, member_id, resellable,
        damaged, scrap)
    SELECT x.return_id, x.order_line_id, w.sku_id, x.member_id, w.resellable, w.damaged, w.scrap
    FROM unnest(CAST(:line_ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:resellable AS int[]),
        CAST(:damaged AS int[]), CAST(:scrap AS int[]))
        AS w(line_id, sku_id, resellable, damaged, scrap)
    JOIN order_return_lines x ON x.return_id = :id AND x.order_line_id = w.line_id
    ON CONFLICT (return_id, order_line_id, sku_id) DO UPDATE
    SET resellable = p.resellable + excluded.resellable, damaged = p.damaged + excluded.damaged,
        scrap = p.scrap + excluded.scrap
""")
# Of goods that were looked at, what was refused is taken for damaged, and every piece of kits.
_ACCEPT = text("""
    WITH pieces AS (
        INSERT INTO order_return_pieces AS p (return_id, order_line_id, sku_id, member_id, damaged)
        SELECT x.return_id, x.order_line_id, q.sku_id, x.member_id,
            (x.quantity - x.accepted) * q.quantity
        FROM order_return_lines x JOIN order_returns r ON r.id = x.return_id
        JOIN order_lines l ON l.id = x.order_line_id
        JOIN kit_promises q ON q.owner = 'order:' || r.order_id
            AND q.kit_id = coalesce(x.sku_id, l.sku_id)
        WHERE x.return_id = :id AND x.accepted < x.quantity
        ON CONFLICT (return_id, order_line_id, sku_id)
        DO UPDATE SET damaged = p.damaged + excluded.damaged)
    UPDATE order_return_lines SET accepted = quantity,
        damaged = CASE WHEN accepted IS NULL THEN 0 ELSE quantity - resellable - scrap END
    WHERE return_id = :id
""")
_SAME = text("""
    UPDATE order_return_lines SET for_sku_id = sku_id, difference_minor = 0 WHERE return_id = :id
""")
_PARCEL = text("""
    SELECT EXISTS (SELECT FROM shipments WHERE id = :id AND order_id = :order_id
                   AND shipped_at IS NOT NULL)
""")


class ReturnLineRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_order(self, order_id: UUID) -> Sequence[RowMapping]:
        """What left of every line, and where it goes back to."""
        found = await self._session.execute(_LINES, {"order_id": order_id})
        return found.mappings().all()

    async def grade(self, return_id: UUID, grades: Mapping[UUID, tuple[int, int, int]]) -> None:
        """Resellable, damaged and scrap pieces by line; what is none of these is not accepted."""
        columns = dict(
            zip(("resellable", "damaged", "scrap"), zip(*grades.values(), strict=True), strict=True)
        )
        await self._session.execute(
            _GRADE,
            {"id": return_id, "line_ids": list(grades)}
            | {name: list(values) for name, values in columns.items()},
        )

    async def add_pieces(
        self, return_id: UUID, rows: Sequence[tuple[UUID, UUID, int, int, int]]
    ) -> None:
        """Count `(line, SKU, resellable, damaged, scrap)` of kits that came back."""
        names = ("line_ids", "sku_ids", "resellable", "damaged", "scrap")
        columns = {
            name: list(each) for name, each in zip(names, zip(*rows, strict=True), strict=True)
        }
        await self._session.execute(_PIECES, {"id": return_id, **columns})

    async def accept(self, return_id: UUID) -> None:
        """All that was asked for is agreed to."""
        await self._session.execute(_ACCEPT, {"id": return_id})

    async def same_again(self, return_id: UUID) -> None:
        """What came back is wanted once more, not something else."""
        await self._session.execute(_SAME, {"id": return_id})

    async def has_parcel(self, order_id: UUID, shipment_id: UUID) -> bool:
        """Whether a parcel of the order, one that left, is that."""
        values = {"id": shipment_id, "order_id": order_id}
        return bool(await self._session.scalar(_PARCEL, values))
