"""Invariants of goods that are sold before they are there."""

from app.repositories.reports.audit import Invariant

BACKORDERS = (
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
        SELECT f.id, f.order_id, h.reference, w.open
        FROM fulfilments f
        LEFT JOIN (SELECT reference FROM order_holds
                   WHERE kind = 'backorder' AND lifted_at IS NULL) h
            ON h.reference = CAST(f.id AS varchar)
        LEFT JOIN (
            SELECT x.fulfilment_id, sum(b.quantity - b.filled - b.freed) AS open
            FROM fulfilment_lines x JOIN order_lines l ON l.id = x.order_line_id
            JOIN fulfilments g ON g.id = x.fulfilment_id
            JOIN order_holds k ON k.reference = CAST(g.id AS varchar) AND k.kind = 'backorder'
            JOIN backorders b ON b.owner = 'order:' || l.order_id AND b.sku_id = l.sku_id
                AND b.warehouse_id = g.warehouse_id
            WHERE x.cancelled < x.quantity
            GROUP BY 1) w ON w.fulfilment_id = f.id
        WHERE (h.reference IS NOT NULL) <> (coalesce(w.open, 0) > 0)
        """,
    ),
)
