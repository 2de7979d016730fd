"""Invariants of returns: of no piece more than left, its money once, its goods where they lie."""

from app.repositories.reports.audit import Invariant

AFTER_SALES = (
    Invariant(
        "no more comes back of a line than left",
        """
        SELECT l.id, l.back, f.shipped
        FROM (SELECT x.order_line_id AS id, sum(coalesce(x.accepted, CASE WHEN r.state IN (
                         'requested', 'escalated', 'awaiting_goods', 'in_transit', 'received',
                         'sending')
                     THEN x.quantity ELSE 0 END)) AS back
              FROM order_return_lines x JOIN order_returns r ON r.id = x.return_id
              WHERE r.kind <> 'reship' GROUP BY 1) l
        LEFT JOIN (SELECT order_line_id AS id, sum(shipped) AS shipped
                   FROM fulfilment_lines GROUP BY 1) f USING (id)
        WHERE l.back > coalesce(f.shipped, 0)
        """,
    ),
    Invariant(
        "a refunded return has its refund, of the pieces that were accepted",
        """
        SELECT r.number, r.state, d.state AS refund_state, x.order_line_id, x.accepted, u.units
        FROM order_returns r
        JOIN order_return_lines x ON x.return_id = r.id
        LEFT JOIN refunds d ON d.id = r.refund_id AND d.order_id = r.order_id
        LEFT JOIN LATERAL (SELECT count(*) AS units FROM refund_units u
            WHERE u.refund_id = r.refund_id AND u.line_id = x.order_line_id) u ON true
        WHERE r.state IN ('refunding', 'refunded')
          AND (d.id IS NULL OR (r.state = 'refunded') <> (d.decided_at IS NOT NULL)
               OR x.accepted IS NULL
               OR (d.state NOT IN ('rejected', 'cancelled') AND u.units < x.accepted))
        """,
    ),
    Invariant(
        "goods that came back lie on stock as what they were graded",
        """
        SELECT cause, sku_id, warehouse_id, grade, g.graded, m.moved
        FROM (SELECT 'return:' || r.number AS cause,
                     coalesce(b.sku_id, x.sku_id, l.sku_id) AS sku_id, r.warehouse_id, v.grade,
                     sum(v.pieces) AS graded
              FROM order_returns r JOIN order_return_lines x ON x.return_id = r.id
              JOIN order_lines l ON l.id = x.order_line_id
              LEFT JOIN order_return_pieces b ON b.return_id = x.return_id
                  AND b.order_line_id = x.order_line_id,
              LATERAL (VALUES ('sellable', coalesce(b.resellable, x.resellable)),
                              ('damaged', coalesce(b.damaged, x.damaged)))
                  AS v(grade, pieces)
              WHERE v.pieces > 0 GROUP BY 1, 2, 3, 4) g
        FULL JOIN (SELECT cause, sku_id, warehouse_id, grade, sum(quantity) AS moved
                   FROM stock_movements WHERE cause LIKE 'return:A%' GROUP BY 1, 2, 3, 4) m
            USING (cause, sku_id, warehouse_id, grade)
        WHERE g.graded IS DISTINCT FROM m.moved
        """,
    ),
    Invariant(
        "an order is as far as its returns",
        """
        SELECT o.number, o.return_status, r.is_open, r.back, l.bought
        FROM orders o
        JOIN (SELECT order_id, sum(quantity) AS bought FROM order_lines GROUP BY 1) l
            ON l.order_id = o.id
        LEFT JOIN (
            SELECT r.order_id, bool_or(r.state NOT IN (
                       'refunded', 'sent', 'rejected', 'denied', 'cancelled', 'closed'))
                       AS is_open,
                   coalesce(sum(x.accepted) FILTER (
                       WHERE r.kind = 'return' AND r.state = 'refunded'), 0) AS back
            FROM order_returns r JOIN order_return_lines x ON x.return_id = r.id
            GROUP BY 1) r ON r.order_id = o.id
        WHERE o.return_status <> CASE
            WHEN r.is_open THEN 'requested'
            WHEN coalesce(r.back, 0) = 0 THEN 'none'
            WHEN r.back >= l.bought THEN 'returned'
            ELSE 'partly_returned' END
        """,
    ),
    Invariant(
        "the last thing done about a return made it what it is",
        """
        SELECT r.number, r.state, e.state AS told FROM order_returns r
        LEFT JOIN LATERAL (SELECT state FROM order_return_events e
            WHERE e.return_id = r.id ORDER BY e.id DESC LIMIT 1) e ON true
        WHERE r.state IS DISTINCT FROM e.state
        """,
    ),
)
