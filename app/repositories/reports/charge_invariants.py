"""Invariants of charges: an order, its extra payments and what they were for say the same."""

from app.repositories.reports.audit import Invariant

CHARGES = (
    Invariant(
        "a charge is as far as its payment",
        """
        SELECT g.id, g.state, p.state AS payment
        FROM order_charges g LEFT JOIN payment_plans p ON p.order_id = g.id
        WHERE g.added_order_id IS NULL AND NOT CASE g.state
            WHEN 'due' THEN p.id IS NULL
            WHEN 'awaiting' THEN coalesce(p.state IN ('awaiting', 'closing'), false)
            WHEN 'paid' THEN coalesce(p.state IN ('paid', 'partly_refunded', 'refunded'), false)
            ELSE coalesce(p.state = 'closed', true) END
        """,
    ),
    Invariant(
        "the payment of a charge pays what it asks of its order's shopper",
        """
        SELECT g.id, g.amount_minor, p.payable_minor
        FROM order_charges g
        JOIN orders o ON o.id = g.order_id
        LEFT JOIN payment_plans p ON p.order_id = coalesce(g.added_order_id, g.id)
        WHERE (g.member_id, g.currency) <> (o.member_id, o.currency)
           OR (p.payable_minor, p.currency, p.member_id)
              <> (g.amount_minor, g.currency, g.member_id)
        """,
    ),
    Invariant(
        "a charge holds its order until what it is for is settled",
        """
        SELECT coalesce(g.order_id, h.order_id) AS order_id, g.state, g.settled_at, h.id AS hold
        FROM (SELECT * FROM order_charges WHERE settled_at IS NULL) g
        FULL JOIN (SELECT * FROM order_holds WHERE kind = 'change' AND lifted_at IS NULL) h
            ON h.order_id = g.order_id AND h.reference = CAST(g.id AS varchar)
        WHERE g.id IS NULL OR h.id IS NULL
        """,
    ),
    Invariant(
        "a charge of a cancelled order is closed or given back",
        """
        SELECT g.id, g.state, p.state AS payment
        FROM order_charges g
        JOIN orders o ON o.id = g.order_id AND o.state = 'cancelled'
        LEFT JOIN payment_plans p ON p.order_id = g.id
        WHERE g.added_order_id IS NULL AND g.settled_at IS NOT NULL
          AND (g.state IN ('due', 'awaiting') OR p.state IN ('paid', 'partly_refunded')
               AND g.keep_minor IS NULL AND NOT EXISTS (SELECT FROM refunds r
                               WHERE r.plan_id = p.id AND r.state = 'pending'))
        """,
    ),
    Invariant(
        "what is to go back of a charge waits for its bank alone",
        """
        SELECT g.id, g.keep_minor, p.state AS payment FROM order_charges g
        LEFT JOIN payment_plans p ON p.order_id = g.id
        WHERE g.keep_minor IS NOT NULL AND NOT EXISTS (
            SELECT FROM payment_disputes d WHERE d.plan_id = p.id
              AND (d.state = 'open' OR d.closed_at > now() - interval '1 hour'))
        """,
    ),
    Invariant(
        "what a charge changed was paid for and is in the history",
        """
        SELECT g.id AS charge_id, g.state, c.id AS change_id
        FROM (SELECT g.* FROM order_charges g JOIN orders o ON o.id = g.order_id
              WHERE g.change IS NOT NULL AND g.state = 'paid' AND g.settled_at IS NOT NULL
                AND o.state <> 'cancelled') g
        FULL JOIN (SELECT * FROM order_changes WHERE charge_id IS NOT NULL) c
            ON c.charge_id = g.id
        WHERE c.id IS NULL OR g.id IS NULL AND NOT EXISTS (
            SELECT FROM order_charges x WHERE x.id = c.charge_id AND x.state = 'paid'
              AND x.order_id = c.order_id)
        """,
    ),
    Invariant(
        "what a charge earned is what became revenue of it",
        """
        SELECT g.id, g.kind, g.earned_minor, j.minor AS booked, j.revenues
        FROM order_charges g
        FULL JOIN (
            SELECT j.order_id, sum(e.amount_minor) FILTER (WHERE a.kind = 'order_prepaid') AS minor,
                   array_agg(a.code) FILTER (WHERE a.kind = 'revenue') AS revenues
            FROM ledger_journals j
            JOIN ledger_entries e ON e.journal_id = j.id
            JOIN ledger_accounts a ON a.id = e.account_id
            WHERE j.kind = 'earn' GROUP BY 1) j ON j.order_id = g.id
        WHERE coalesce(g.earned_minor, 0) <> coalesce(j.minor, 0)
           OR j.revenues <> ARRAY[CASE g.kind WHEN 'goods' THEN 'revenue:goods'
                                  ELSE 'revenue:shipping' END]::varchar[]
        """,
    ),
)
