"""Invariants of documents of stock: what they say has moved, and nothing else of them."""

from app.repositories.reports.audit import Invariant

STOCK_DOCUMENTS = (
    Invariant(
        "what was counted and corrected is on stock once it is agreed to",
        """
        SELECT cause, sku_id, warehouse_id, grade, d.wanted, m.moved
        FROM (
            SELECT 'stocktake:' || s.number AS cause, l.sku_id, s.warehouse_id,
                   'sellable' AS grade, l.counted - l.expected AS wanted
            FROM stocktakes s JOIN stocktake_lines l ON l.stocktake_id = s.id
            WHERE s.state = 'posted' AND l.counted <> l.expected
            UNION ALL
            SELECT 'adjustment:' || a.number, l.sku_id, a.warehouse_id, l.grade, sum(l.quantity)
            FROM stock_adjustments a JOIN stock_adjustment_lines l ON l.adjustment_id = a.id
            WHERE a.state = 'posted' GROUP BY 1, 2, 3, 4) d
        FULL JOIN (
            SELECT cause, sku_id, warehouse_id, grade, sum(quantity) AS moved
            FROM stock_movements
            WHERE kind = 'stocktake' OR (kind = 'adjustment' AND cause IN (
                SELECT 'adjustment:' || number FROM stock_adjustments))
            GROUP BY 1, 2, 3, 4) m USING (cause, sku_id, warehouse_id, grade)
        WHERE coalesce(d.wanted, 0) <> coalesce(m.moved, 0)
        """,
    ),
    Invariant(
        "the last count of a SKU stands",
        """
        SELECT stocktake_id, sku_id, l.counted, l.expected, c.counted AS last, c.expected AS then
        FROM (SELECT * FROM stocktake_lines WHERE counted IS NOT NULL) l
        FULL JOIN (
            SELECT DISTINCT ON (stocktake_id, sku_id) stocktake_id, sku_id, counted, expected
            FROM stocktake_counts ORDER BY stocktake_id, sku_id, id DESC) c
            USING (stocktake_id, sku_id)
        WHERE (l.counted, l.expected) IS DISTINCT FROM (c.counted, c.expected)
        """,
    ),
)
