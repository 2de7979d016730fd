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
        LEFT JOIN (
            SELECT cause, sku_id, warehouse_id, sum(quantity) AS missing FROM stock_shortages
            GROUP BY 1, 2, 3) h USING (cause, sku_id, warehouse_id)
        WHERE coalesce(d.wanted, 0) <> coalesce(m.moved, 0) - coalesce(h.missing, 0)
        """,
    ),
    Invariant(
        "what left for another warehouse arrived, is on its way or was written off",
        """
        SELECT cause, sku_id, warehouse_id, kind, grade, d.wanted, m.moved
        FROM (
            SELECT 'transfer:' || t.number AS cause, l.sku_id, e.warehouse_id, e.kind, e.grade,
                   e.wanted
            FROM stock_transfers t JOIN stock_transfer_lines l ON l.transfer_id = t.id,
            LATERAL (VALUES
                (t.from_warehouse_id, 'transfer_out', 'sellable', -l.shipped),
                (t.to_warehouse_id, 'transfer_in', 'sellable', l.received),
                (t.to_warehouse_id, 'transfer_in', 'damaged', l.damaged),
                (t.to_warehouse_id, 'adjustment', 'sellable',
                 CASE t.state WHEN 'closed' THEN l.over - l.over_damaged ELSE 0 END),
                (t.to_warehouse_id, 'adjustment', 'damaged',
                 CASE t.state WHEN 'closed' THEN l.over_damaged ELSE 0 END)
            ) AS e(warehouse_id, kind, grade, wanted)) d
        FULL JOIN (
            SELECT cause, sku_id, warehouse_id, kind, grade, sum(quantity) AS moved
            FROM stock_movements
            WHERE kind IN ('transfer_out', 'transfer_in') OR cause LIKE 'transfer:%'
            GROUP BY 1, 2, 3, 4, 5) m USING (cause, sku_id, warehouse_id, kind, grade)
        WHERE coalesce(d.wanted, 0) <> coalesce(m.moved, 0)
        """,
    ),
    Invariant(
        "a closed transfer accounts for every piece",
        """
        SELECT t.number, t.state, l.sku_id, l.shipped, l.received, l.damaged, l.lost
        FROM stock_transfers t JOIN stock_transfer_lines l ON l.transfer_id = t.id
        WHERE t.state = 'closed' AND l.received + l.damaged + l.lost <> l.shipped
           OR t.state <> 'closed' AND l.lost <> 0
           OR t.state IN ('requested', 'cancelled') AND l.shipped <> 0
        """,
    ),
    Invariant(
        "a transfer received what was taken in part by part",
        """
        SELECT transfer_id, sku_id, l.received, l.damaged, l.over, l.over_damaged, r.received,
               r.damaged, r.over, r.over_damaged
        FROM (SELECT * FROM stock_transfer_lines WHERE received + damaged + over > 0) l
        FULL JOIN (
            SELECT transfer_id, sku_id, sum(received) AS received, sum(damaged) AS damaged,
                   sum(over) AS over, sum(over_damaged) AS over_damaged
            FROM stock_transfer_receipts GROUP BY 1, 2) r USING (transfer_id, sku_id)
        WHERE (l.received, l.damaged, l.over, l.over_damaged)
              IS DISTINCT FROM (r.received, r.damaged, r.over, r.over_damaged)
        """,
    ),
    Invariant(
        "the last count of a SKU stands, or of each of its batches",
        """
        SELECT stocktake_id, sku_id, batch, l.counted, l.expected, c.counted AS last,
               c.expected AS then
        FROM (SELECT stocktake_id, sku_id, CAST(batch_id AS text) AS batch, counted, expected
              FROM stocktake_batches
              UNION ALL
              SELECT stocktake_id, sku_id, '', counted, expected FROM stocktake_lines l
              WHERE counted IS NOT NULL AND NOT EXISTS (
                    SELECT FROM stocktake_batches b
                     WHERE b.stocktake_id = l.stocktake_id AND b.sku_id = l.sku_id)) l
        FULL JOIN (
            SELECT DISTINCT ON (stocktake_id, sku_id, batch) stocktake_id, sku_id, batch, counted,
                   expected
            FROM (SELECT *, coalesce(CAST(batch_id AS text), '') AS batch,
                         max(CAST(id AS text)) FILTER (WHERE batch_id IS NULL) OVER w AS whole,
                         max(CAST(id AS text)) OVER w AS last
                  FROM stocktake_counts WINDOW w AS (PARTITION BY stocktake_id, sku_id)) n
            WHERE (batch_id IS NULL) = (whole IS NOT DISTINCT FROM last)
              AND (whole IS NULL OR CAST(id AS text) >= whole)
            ORDER BY stocktake_id, sku_id, batch, id DESC) c
            USING (stocktake_id, sku_id, batch)
        WHERE (l.counted, l.expected) IS DISTINCT FROM (c.counted, c.expected)
        """,
    ),
    Invariant(
        "a line of a stocktake adds up its batches",
        """
        SELECT l.stocktake_id, l.sku_id, l.counted, l.expected, b.counted, b.expected
        FROM stocktake_lines l
        JOIN (SELECT stocktake_id, sku_id, sum(counted) AS counted, sum(expected) AS expected
              FROM stocktake_batches GROUP BY 1, 2) b USING (stocktake_id, sku_id)
        WHERE (l.counted, l.expected) IS DISTINCT FROM (b.counted, b.expected)
        """,
    ),
    Invariant(
        "what was counted of batches is of them once it is agreed to",
        """
        SELECT cause, batch_id, d.wanted, m.moved
        FROM (SELECT 'stocktake:' || s.number AS cause, b.batch_id,
                     b.counted - b.expected AS wanted
              FROM stocktakes s JOIN stocktake_batches b ON b.stocktake_id = s.id
              WHERE s.state = 'posted') d
        LEFT JOIN (SELECT cause, batch_id, sum(quantity) AS moved FROM stock_batch_movements
                   WHERE kind = 'stocktake' GROUP BY 1, 2) m USING (cause, batch_id)
        LEFT JOIN (SELECT cause, batch_id, sum(quantity) AS missing FROM stock_shortages
                   GROUP BY 1, 2) h USING (cause, batch_id)
        WHERE d.wanted <> coalesce(m.moved, 0) - coalesce(h.missing, 0)
        """,
    ),
    Invariant(
        "the proof of stock added up every movement before it",
        """
        SELECT sku_id, warehouse_id, grade, f.quantity, m.quantity AS moved
        FROM stock_folds f
        FULL JOIN (
            SELECT sku_id, warehouse_id, grade, sum(quantity) AS quantity FROM stock_movements
            WHERE created_at < (SELECT folded_to FROM stock_proofs ORDER BY id DESC LIMIT 1)
            GROUP BY 1, 2, 3) m USING (sku_id, warehouse_id, grade)
        WHERE coalesce(f.quantity, 0) <> coalesce(m.quantity, 0)
        """,
    ),
    Invariant(
        "batches add up to what lies there of SKUs that have them",
        """
        SELECT sku_id, warehouse_id, s.on_hand, b.on_hand, s.damaged, b.damaged, s.frozen, b.frozen
        FROM (SELECT s.* FROM stock s JOIN stock_tracking t USING (sku_id)) s
        FULL JOIN (
            SELECT sku_id, warehouse_id, sum(on_hand) AS on_hand, sum(damaged) AS damaged,
                   sum(frozen) AS frozen
            FROM batch_stock GROUP BY 1, 2) b USING (sku_id, warehouse_id)
        WHERE (coalesce(s.on_hand, 0), coalesce(s.damaged, 0), coalesce(s.frozen, 0))
           <> (coalesce(b.on_hand, 0), coalesce(b.damaged, 0), coalesce(b.frozen, 0))
        """,
    ),
    Invariant(
        "movements of batches fold to what lies of them",
        """
        SELECT batch_id, warehouse_id, grade, b.there, m.moved
        FROM (SELECT batch_id, warehouse_id, grade, there FROM batch_stock, LATERAL (VALUES
                  ('sellable', on_hand), ('damaged', damaged), ('frozen', frozen)
              ) AS g(grade, there)) b
        FULL JOIN (
            SELECT batch_id, warehouse_id, grade, sum(quantity) AS moved
            FROM stock_batch_movements GROUP BY 1, 2, 3) m USING (batch_id, warehouse_id, grade)
        WHERE coalesce(b.there, 0) <> coalesce(m.moved, 0)
        """,
    ),
    Invariant(
        "what tills sold left the stock, and came back where it was undone",
        """
        SELECT cause, sku_id, warehouse_id, kind, d.wanted, m.moved
        FROM (
            SELECT 'pos:' || p.number AS cause, l.sku_id, p.warehouse_id, e.kind, e.wanted
            FROM pos_sales p JOIN pos_sale_lines l ON l.sale_id = p.id,
            LATERAL (VALUES
                ('sale', l.short - l.quantity),
                ('return', CASE p.state WHEN 'undone' THEN l.quantity - l.short ELSE 0 END)
            ) AS e(kind, wanted)) d
        FULL JOIN (
            SELECT cause, sku_id, warehouse_id, kind, sum(quantity) AS moved
            FROM stock_movements WHERE kind = 'sale' OR cause LIKE 'pos:%'
            GROUP BY 1, 2, 3, 4) m USING (cause, sku_id, warehouse_id, kind)
        WHERE coalesce(d.wanted, 0) <> coalesce(m.moved, 0)
        """,
    ),
    Invariant(
        "a serial is where it was seen last",
        """
        SELECT s.serial, s.state, m.state AS last, s.document, m.document AS last_document
        FROM stock_serials s
        LEFT JOIN (
            SELECT DISTINCT ON (serial_id) * FROM stock_serial_moves
            ORDER BY serial_id, id DESC) m ON m.serial_id = s.id
        WHERE (s.state, s.warehouse_id, s.document, s.owner)
           IS DISTINCT FROM (m.state, m.warehouse_id, m.document, m.owner)
        """,
    ),
    Invariant(
        "a parcel took a serial for each piece that has one",
        """
        SELECT cause, sku_id, n.serials, m.moved
        FROM (SELECT m.document AS cause, s.sku_id, count(*) AS serials
              FROM stock_serial_moves m JOIN stock_serials s ON s.id = m.serial_id
              WHERE m.state = 'sent' AND m.document NOT LIKE 'pos:%' GROUP BY 1, 2) n
        LEFT JOIN (SELECT cause, sku_id, -sum(quantity) AS moved FROM stock_movements
                   WHERE kind = 'shipment' GROUP BY 1, 2
                   UNION ALL
                   SELECT 'shipment:' || p.number, coalesce(y.sku_id, l.sku_id), sum(x.quantity)
                   FROM shipments p JOIN fulfilments f ON f.id = p.fulfilment_id
                   JOIN shipment_lines x ON x.shipment_id = p.id
                   JOIN fulfilment_lines y ON y.fulfilment_id = f.id
                    AND y.order_line_id = x.order_line_id
                   JOIN order_lines l ON l.id = x.order_line_id
                   WHERE f.kind = 'repair' GROUP BY 1, 2) m USING (cause, sku_id)
        WHERE n.serials <> coalesce(m.moved, 0)
        """,
    ),
    Invariant(
        "a transfer took a serial for each piece that has one, and none of them twice",
        """
        SELECT t.number, t.state, n.sku_id, l.shipped, n.sent, n.on_the_way
        FROM (SELECT m.document, s.sku_id, count(*) AS sent,
                     count(*) FILTER (WHERE s.state = 'in_transit'
                                        AND s.document = m.document) AS on_the_way
              FROM stock_serial_moves m JOIN stock_serials s ON s.id = m.serial_id
              WHERE m.state = 'in_transit' GROUP BY 1, 2) n
        LEFT JOIN stock_transfers t ON n.document = 'transfer:' || t.number
        LEFT JOIN stock_transfer_lines l ON l.transfer_id = t.id AND l.sku_id = n.sku_id
        WHERE n.sent <> coalesce(l.shipped, 0)
           OR n.on_the_way > l.shipped - l.received - l.damaged - l.lost
        """,
    ),
    Invariant(
        "whoever bought at a till got the serials it named",
        """
        SELECT document, sku_id, l.serials, m.serials AS got
        FROM (SELECT 'pos:' || p.number AS document, x.sku_id, x.serials, p.is_offline
              FROM pos_sale_lines x JOIN pos_sales p ON p.id = x.sale_id
              WHERE x.serials <> '{}') l
        FULL JOIN (
            SELECT m.document, s.sku_id, array_agg(s.serial ORDER BY s.serial) AS serials
            FROM stock_serial_moves m JOIN stock_serials s ON s.id = m.serial_id
            WHERE m.state = 'sent' AND m.document LIKE 'pos:%' GROUP BY 1, 2) m
            USING (document, sku_id)
        WHERE l.serials IS DISTINCT FROM m.serials AND NOT (l.is_offline AND m.serials IS NULL)
        """,
    ),
)
