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
            'is_gift', o.is_gift, 'gift_message', o.gift_message, 'hides_prices', o.hides_prices,
            'payable_minor', o.payable_minor, 'state', o.state,
            'lines', (SELECT jsonb_agg(jsonb_build_object('line_id', l.id, 'sku_code', l.sku_code,
                          'quantity', l.quantity, 'net_minor', l.net_minor) ORDER BY l.position)
                      FROM order_lines l WHERE l.order_id = o.id))
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
                   jsonb_to_recordset(c.pieces) AS each(line_id uuid, quantity int)
              WHERE c.refund_id IS NOT NULL) p
        LEFT JOIN (SELECT refund_id, line_id, count(*) AS given_back
                   FROM refund_units GROUP BY 1, 2) r USING (refund_id, line_id)
        LEFT JOIN (SELECT x.order_line_id AS line_id, sum(x.cancelled) AS cancelled
                   FROM fulfilment_lines x JOIN fulfilments f ON f.id = x.fulfilment_id
                   WHERE f.kind = 'sale' GROUP BY 1) x USING (line_id)
        WHERE r.given_back IS DISTINCT FROM p.quantity OR coalesce(x.cancelled, 0) < p.taken
        """,
    ),
    Invariant(
        "pieces that are taken off before an order is paid are what its lines have less",
        """
        SELECT c.order_id, c.order_version, l.line_id, l.less, p.quantity
        FROM order_changes c
        CROSS JOIN LATERAL (
            SELECT b.line_id, b.quantity - coalesce(a.quantity, 0) AS less
            FROM jsonb_to_recordset(c.before -> 'lines') AS b(line_id uuid, quantity int)
            LEFT JOIN jsonb_to_recordset(c.after -> 'lines') AS a(line_id uuid, quantity int)
                USING (line_id)) l
        LEFT JOIN LATERAL jsonb_to_recordset(c.pieces) AS p(line_id uuid, quantity int)
            ON p.line_id = l.line_id
        WHERE c.after ? 'lines' AND l.less <> coalesce(p.quantity, 0)
        """,
    ),
    Invariant(
        "a gateway may take what its tender is, and a plan nobody pays from outside is paid",
        """
        SELECT p.order_id, p.state, a.out_trade_no, a.amount_minor, t.amount_minor AS due
        FROM payment_plans p
        LEFT JOIN tenders t
            ON t.plan_id = p.id AND t.kind NOT IN ('gift_card', 'points', 'balance')
        LEFT JOIN payment_attempts a
            ON a.plan_id = p.id AND a.state IN ('created', 'pending', 'failed')
        WHERE p.state = 'awaiting'
          AND (t.id IS NULL OR a.amount_minor <> t.amount_minor
               OR a.id IS NOT NULL AND a.tender_id IS NULL)
        """,
    ),
)
