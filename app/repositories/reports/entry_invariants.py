"""Invariants of orders that were entered: prices that were agreed on, goods that were given."""

from app.repositories.reports.audit import Invariant

ENTRY = (
    Invariant(
        "a price that was agreed on is of a line that says who agreed",
        """
        SELECT l.order_id, l.id FROM order_lines l
        WHERE (l.agreed_source IS NOT NULL)
              <> EXISTS (SELECT FROM order_units u
                         WHERE u.line_id = l.id AND u.price_kind = 'agreed')
        """,
    ),
    Invariant(
        "what is given for nothing costs nothing and has who bears it",
        """
        SELECT o.number FROM orders o
        WHERE o.kind <> 'sale' AND (
            o.payable_minor <> 0 OR o.cost_centre IS NULL
            OR EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id
                       AND (l.net_minor <> 0 OR l.tax_minor <> 0)))
        """,
    ),
    Invariant(
        "an order of a handout is one of its recipients', of its kind and at its cost",
        """
        SELECT o.number, o.reference FROM orders o
        LEFT JOIN handouts h ON h.number = split_part(o.reference, '/', 1)
        WHERE o.source = 'free' AND (
            h.id IS NULL OR h.state <> 'approved'
            OR (h.kind, h.cost_centre, h.member_id) <> (o.kind, o.cost_centre, o.member_id)
            OR split_part(o.reference, '/', 2)::int
               NOT BETWEEN 1 AND jsonb_array_length(h.recipients))
        """,
    ),
    Invariant(
        "an order of a handout has the pieces its recipient was to get",
        """
        WITH wanted AS (
            SELECT h.number || '/' || r.place AS reference, (w.line ->> 'sku_id')::uuid AS sku_id,
                   sum((w.line ->> 'quantity')::int) AS quantity
            FROM handouts h,
                 jsonb_array_elements(h.recipients) WITH ORDINALITY AS r(recipient, place),
                 jsonb_array_elements(r.recipient -> 'lines') AS w(line)
            GROUP BY 1, 2),
        ordered AS (
            SELECT o.reference, l.sku_id, sum(l.quantity) AS quantity
            FROM orders o JOIN order_lines l ON l.order_id = o.id
            WHERE o.source = 'free' GROUP BY 1, 2)
        SELECT reference, sku_id, w.quantity AS wanted, x.quantity AS ordered
        FROM ordered x
        FULL JOIN (SELECT * FROM wanted w
                   WHERE EXISTS (SELECT FROM ordered y WHERE y.reference = w.reference)) w
            USING (reference, sku_id)
        WHERE x.quantity IS DISTINCT FROM w.quantity
        """,
    ),
    Invariant(
        "a handout that needed two people was decided by another",
        """
        SELECT number FROM handouts
        WHERE needs_second AND state IN ('approved', 'rejected') AND decided_by = made_by
        """,
    ),
    Invariant(
        "a payment link lasts no longer than its order waits",
        """
        SELECT o.number, l.id FROM payment_links l JOIN orders o ON o.id = l.order_id
        WHERE l.expires_at > o.expires_at OR l.member_id <> o.member_id
        """,
    ),
)
