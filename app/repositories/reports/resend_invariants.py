"""Invariants of what is sent again: for a return, no more than it asks, at what it cost."""

from app.repositories.reports.audit import Invariant

# What was paid for what a return asks more for, less what went back because that is not sent. What
# went back as a kindness, or was taken by a bank, was paid for all the same.
_PAID_FOR = """
    LATERAL (SELECT coalesce(sum(g.amount_minor - coalesce(b.minor, 0)), 0) AS minor
             FROM order_charges g LEFT JOIN LATERAL (
                 SELECT sum(d.amount_minor) AS minor FROM refunds d
                 WHERE d.order_id = g.id AND d.state IN ('pending', 'succeeded')
                   AND d.reason = 'what it was for is not sent') b ON true
             WHERE g.order_id = r.order_id AND g.reference = r.number AND g.state = 'paid') p
"""

_BOOKED = """
    (SELECT e.journal_id, sum(e.amount_minor) AS amount_minor
     FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
     WHERE a.kind = 'after_sales_cost' GROUP BY 1)
"""

RESEND = (
    Invariant(
        "what is sent again is of a return of the order, and no more than that asks",
        """
        SELECT f.return_id, f.order_line_id, f.resent, x.quantity, x.accepted
        FROM (SELECT f.return_id, f.order_id, x.order_line_id,
                     sum(x.quantity - x.cancelled) AS resent
              FROM fulfilments f JOIN fulfilment_lines x ON x.fulfilment_id = f.id
              WHERE f.kind <> 'sale' GROUP BY 1, 2, 3) f
        LEFT JOIN order_returns r ON r.id = f.return_id AND r.order_id = f.order_id
        LEFT JOIN order_return_lines x
            ON x.return_id = r.id AND x.order_line_id = f.order_line_id
        WHERE f.resent > coalesce(x.quantity, 0)
        """,
    ),
    Invariant(
        "replacements are booked at what they cost to buy",
        f"""
        SELECT j.key, a.amount_minor, s.cost
        FROM ledger_journals j
        LEFT JOIN {_BOOKED} a ON a.journal_id = j.id
        LEFT JOIN (
            SELECT s.number, sum(x.quantity * y.unit_cost_minor) AS cost
            FROM shipments s JOIN shipment_lines x ON x.shipment_id = s.id
            JOIN fulfilments f ON f.id = s.fulfilment_id AND f.kind = 'replacement'
            JOIN fulfilment_lines y ON y.fulfilment_id = f.id
                AND y.order_line_id = x.order_line_id
            WHERE s.shipped_at IS NOT NULL GROUP BY 1) s
            ON s.number = split_part(j.key, ':', 2)
        WHERE j.kind = 'replacement_cost' AND a.amount_minor IS DISTINCT FROM s.cost
        """,
    ),
    Invariant(
        "replacements cost nothing once what came back for them can be sold again",
        f"""
        SELECT j.key, e.amount_minor, b.back
        FROM ledger_journals j
        LEFT JOIN {_BOOKED} e ON e.journal_id = j.id
        LEFT JOIN (
            SELECT r.number, sum(x.resellable * l.unit_cost_minor) AS back
            FROM order_returns r JOIN order_return_lines x ON x.return_id = r.id
            JOIN order_lines l ON l.id = x.order_line_id
            WHERE r.state = 'sent' AND x.sku_id IS NULL GROUP BY 1) b
            ON b.number = split_part(j.key, ':', 2)
        WHERE j.kind = 'replacement_back' AND j.key LIKE 'replacement_back:A%'
          AND - e.amount_minor IS DISTINCT FROM b.back
        """,
    ),
    Invariant(
        "what is to be repaired lies frozen for whoever it belongs to",
        """
        SELECT r.number, r.state, r.pieces, f.shipped, m.lies
        FROM (SELECT r.id, r.number, r.state,
                     sum(x.quantity * coalesce(q.quantity, 1)) AS pieces
              FROM order_returns r JOIN order_return_lines x ON x.return_id = r.id
              JOIN order_lines l ON l.id = x.order_line_id
              LEFT JOIN kit_promises q ON q.owner = 'order:' || r.order_id
                  AND q.kit_id = coalesce(x.sku_id, l.sku_id)
              WHERE r.kind = 'repair' GROUP BY 1) r
        LEFT JOIN (SELECT f.return_id AS id,
                          coalesce(sum(x.quantity * coalesce(q.quantity, 1)) FILTER (
                       WHERE s.state NOT IN ('prepared', 'void', 'returned')), 0) AS shipped
                   FROM fulfilments f LEFT JOIN shipments s ON s.fulfilment_id = f.id
                   LEFT JOIN shipment_lines x ON x.shipment_id = s.id
                   LEFT JOIN fulfilment_lines y ON y.fulfilment_id = f.id
                       AND y.order_line_id = x.order_line_id
                   LEFT JOIN order_lines l ON l.id = x.order_line_id
                   LEFT JOIN kit_promises q ON q.owner = 'order:' || f.order_id
                       AND q.kit_id = coalesce(y.sku_id, l.sku_id)
                   WHERE f.kind = 'repair' AND f.status <> 'cancelled' GROUP BY 1) f USING (id)
        LEFT JOIN (SELECT substr(cause, 8) AS number, sum(quantity) AS lies
                   FROM stock_movements WHERE cause LIKE 'repair:%' AND grade = 'frozen'
                   GROUP BY 1) m USING (number)
        WHERE coalesce(m.lies, 0) <> CASE
            WHEN r.state = 'received' THEN r.pieces
            WHEN r.state IN ('sending', 'sent') AND f.shipped IS NOT NULL
                THEN r.pieces - f.shipped
            ELSE 0 END
        """,
    ),
    Invariant(
        "a return's parcel is a parcel of its order",
        """
        SELECT r.number, r.shipment_id FROM order_returns r
        LEFT JOIN shipments s ON s.id = r.shipment_id AND s.order_id = r.order_id
        WHERE r.shipment_id IS NOT NULL AND s.id IS NULL
        """,
    ),
    Invariant(
        "a return that is over has sent what it had to send",
        """
        SELECT r.number, f.status FROM order_returns r
        JOIN fulfilments f ON f.return_id = r.id
        WHERE r.state IN ('sent', 'refunded', 'cancelled')
          AND f.status IN ('unfulfilled', 'picking', 'partly_shipped')
        """,
    ),
    Invariant(
        "dearer goods that are sent were paid for",
        f"""
        SELECT r.number, r.state, x.more, p.minor AS paid
        FROM order_returns r
        JOIN (SELECT return_id, sum(difference_minor * (pieces
                  - CASE WHEN difference_minor > 0 THEN least(pieces, back) ELSE 0 END)) AS more
              FROM (SELECT l.return_id, l.difference_minor,
                        coalesce(l.accepted, l.quantity) AS pieces,
                        sum(CASE WHEN q.kind = 'return'
                                AND q.state IN ('accepted', 'refunding', 'refunded')
                            THEN coalesce(l.accepted, 0) ELSE 0 END) OVER (
                                PARTITION BY l.order_line_id ORDER BY l.return_id DESC) AS back
                    FROM order_return_lines l JOIN order_returns q ON q.id = l.return_id) x
              GROUP BY 1) x ON x.return_id = r.id AND x.more > 0,
        {_PAID_FOR}
        WHERE r.kind = 'exchange' AND r.state IN ('sending', 'sent') AND p.minor < x.more
        """,
    ),
    Invariant(
        "an exchange or a repair that is over holds no money and asks for none",
        """
        SELECT r.number, r.state, g.id AS charge_id, g.state AS charge_state
        FROM order_returns r
        JOIN order_charges g ON g.order_id = r.order_id AND g.reference = r.number
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(d.amount_minor), 0) AS minor FROM refunds d
            WHERE d.order_id = g.id AND d.state IN ('pending', 'succeeded')) b ON true
        WHERE (r.state IN ('refunded', 'rejected', 'denied', 'cancelled', 'closed')
               OR r.kind = 'repair' AND r.state IN ('sending', 'sent')
                  AND r.mend_outcome <> 'repaired')
          AND (g.state IN ('due', 'awaiting')
               OR g.state = 'paid' AND g.keep_minor IS NULL AND b.minor < g.amount_minor)
          AND r.updated_at < now() - interval '5 minutes'
        """,
    ),
    Invariant(
        "goods are repaired for a fee when that is paid",
        """
        SELECT r.number, r.state, g.state AS charge_state FROM order_returns r,
        LATERAL (SELECT g.state, g.close_reason FROM order_charges g
                 WHERE g.order_id = r.order_id AND g.reference = r.number
                 ORDER BY g.id DESC LIMIT 1) g
        WHERE r.kind = 'repair' AND r.state IN ('sending', 'sent')
          AND r.mend_outcome = 'repaired'
          AND g.state <> 'paid' AND g.close_reason IS DISTINCT FROM 'withdrawn by the shop'
        """,
    ),
    Invariant(
        "what a replacement costs less is refunded, and no more than that",
        """
        SELECT r.number, d.amount_minor, x.less
        FROM order_returns r
        JOIN (SELECT return_id, - sum(quantity * difference_minor) AS less
              FROM order_return_lines GROUP BY 1) x ON x.return_id = r.id
        LEFT JOIN refunds d ON d.id = r.difference_id AND d.order_id = r.order_id
        WHERE r.difference_id IS NOT NULL AND (d.id IS NULL OR d.amount_minor > x.less)
        """,
    ),
)
