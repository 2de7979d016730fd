"""Invariants of changes: the history leads to the order, its goods and its money."""

from app.repositories.reports.audit import Invariant

CHANGES = (
    Invariant(
        "an order is what its last changes made of it",
        """
        SELECT o.number, c.field, c.made
        FROM (SELECT DISTINCT ON (c.order_id, f.key) c.order_id, f.key AS field, f.value AS made
              FROM order_changes c, jsonb_each(c.after) f
              ORDER BY c.order_id, f.key, c.order_version DESC) c
        JOIN orders o ON o.id = c.order_id
        WHERE c.made IS DISTINCT FROM jsonb_build_object(
            'address', o.address, 'delivery', o.delivery, 'note', o.note, 'invoice', o.invoice,
            'is_gift', o.is_gift, 'gift_message', o.gift_message, 'hides_prices', o.hides_prices)
            -> c.field
        """,
    ),
    Invariant(
        "a change starts from what the one before it made",
        """
        SELECT order_id, order_version, field, found, made_before
        FROM (SELECT c.order_id, c.order_version, b.key AS field, b.value AS found, c.after,
                     lag(c.after -> b.key) OVER (
                         PARTITION BY c.order_id, b.key ORDER BY c.order_version) AS made_before
              FROM order_changes c, jsonb_each(c.before) b) x
        WHERE made_before <> found OR found IS NOT DISTINCT FROM after -> field
        """,
    ),
    Invariant(
        "pieces that a change takes off are given back and not sent",
        """
        SELECT p.order_id, line_id, p.quantity, r.given_back, p.taken, x.cancelled
        FROM (SELECT c.order_id, c.refund_id, each.line_id, each.quantity,
                     sum(each.quantity) OVER (PARTITION BY each.line_id) AS taken
              FROM order_changes c,
                   jsonb_to_recordset(c.pieces) AS each(line_id uuid, quantity int)) p
        LEFT JOIN (SELECT refund_id, line_id, count(*) AS given_back
                   FROM refund_units GROUP BY 1, 2) r USING (refund_id, line_id)
        LEFT JOIN (SELECT x.order_line_id AS line_id, sum(x.cancelled) AS cancelled
                   FROM fulfilment_lines x JOIN fulfilments f ON f.id = x.fulfilment_id
                   WHERE f.kind = 'sale' GROUP BY 1) x USING (line_id)
        WHERE r.given_back IS DISTINCT FROM p.quantity OR coalesce(x.cancelled, 0) < p.taken
        """,
    ),
)
