"""Invariants of goods that are sold before they are there."""

from app.repositories.reports.audit import Invariant

BACKORDERS = (
    Invariant(
        "what is missing and was left is off the books",
        """
        SELECT h.id, h.written_off, m.moved
        FROM (SELECT id, written_off FROM stock_shortages) h FULL JOIN (
            SELECT CAST(substr(cause, 10) AS uuid) AS id, -sum(quantity) AS moved
            FROM stock_movements WHERE cause LIKE 'shortage:%' GROUP BY 1) m USING (id)
        WHERE coalesce(h.written_off, 0) <> coalesce(m.moved, 0)
        """,
    ),
    Invariant(
        "as many pieces wait as orders wait for",
        """
        SELECT sku_id, warehouse_id, s.waiting, b.open
        FROM stock s FULL JOIN (
            SELECT sku_id, warehouse_id, sum(quantity - filled - freed) AS open
            FROM backorders GROUP BY 1, 2) b USING (sku_id, warehouse_id)
        WHERE coalesce(s.waiting, 0) <> coalesce(b.open, 0)
        """,
    ),
    Invariant(
        "a cancelled order waits for nothing",
        """
        SELECT b.owner, b.sku_id, b.quantity, b.filled, b.freed
        FROM backorders b JOIN orders o ON b.owner = 'order:' || o.id
        WHERE o.state = 'cancelled' AND b.filled + b.freed < b.quantity
        """,
    ),
    Invariant(
        "what waits for goods is kept back, and nothing else for that",
        """
        SELECT h.reference AS what, 'held for nothing' AS why
        FROM order_holds h LEFT JOIN fulfilments f ON h.reference = CAST(f.id AS varchar)
        WHERE h.kind = 'backorder' AND h.lifted_at IS NULL AND NOT EXISTS (
            SELECT FROM fulfilment_lines x JOIN order_lines l ON l.id = x.order_line_id
            JOIN backorders b ON b.owner = 'order:' || l.order_id AND b.sku_id = l.sku_id
            WHERE x.fulfilment_id = f.id AND b.warehouse_id = f.warehouse_id
              AND x.cancelled < x.quantity
              AND b.filled + b.freed < b.quantity)
        UNION ALL
        SELECT CAST(b.id AS varchar), 'not held'
        FROM backorders b
        WHERE b.filled + b.freed < b.quantity AND b.owner LIKE 'order:%' AND NOT EXISTS (
            SELECT FROM order_holds h JOIN fulfilments f ON h.reference = CAST(f.id AS varchar)
            JOIN fulfilment_lines x ON x.fulfilment_id = f.id
            JOIN order_lines l ON l.id = x.order_line_id
            WHERE h.kind = 'backorder' AND h.lifted_at IS NULL
              AND b.owner = 'order:' || l.order_id AND l.sku_id = b.sku_id
              AND f.warehouse_id = b.warehouse_id AND x.cancelled < x.quantity)
        """,
    ),
)
