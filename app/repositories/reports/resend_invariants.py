"""Invariants of what is sent again: for a return, no more than it asks, at what it cost."""

from app.repositories.reports.audit import Invariant

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
        """
        SELECT j.key, a.amount_minor, s.cost
        FROM ledger_journals j
        JOIN LATERAL (SELECT sum(e.amount_minor) AS amount_minor
                      FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
                      WHERE e.journal_id = j.id AND a.kind = 'after_sales_cost') a ON true
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
)
