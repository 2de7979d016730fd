"""Invariants of refunds: cells, units, points that came back, points that are owed."""

from app.repositories.reports.audit import Invariant

# Refunds from before cells were kept gave back everything and have none.
_LIVE = "state NOT IN ('rejected', 'cancelled')"

REFUNDS = (
    Invariant(
        "the cells of a refund sum to what each tender gives back",
        """
        SELECT r.number, t.tender_id, t.amount_minor, c.minor AS cells
        FROM refunds r
        JOIN refund_tenders t ON t.refund_id = r.id
        LEFT JOIN (
            SELECT refund_id, tender_id, sum(quantity * amount_minor) AS minor
            FROM refund_cells GROUP BY 1, 2) c
            ON c.refund_id = r.id AND c.tender_id = t.tender_id
        WHERE (r.decided_at IS NOT NULL OR r.state NOT IN ('pending', 'succeeded'))
          AND t.amount_minor IS DISTINCT FROM c.minor
        """,
    ),
    Invariant(
        "a unit gives back no more than it cost",
        f"""
        WITH costs AS (
            SELECT u.line_id, u.first_index + i AS unit_index,
                   u.net_minor + CASE o.tax_mode WHEN 'exclusive' THEN u.tax_minor ELSE 0 END
                       AS minor
            FROM order_units u
            JOIN order_lines l ON l.id = u.line_id
            JOIN orders o ON o.id = l.order_id,
            generate_series(0, u.count - 1) AS i
            WHERE EXISTS (SELECT FROM refund_cells x WHERE x.line_id = u.line_id)),
        gone AS (
            SELECT c.line_id, c.first_index + i AS unit_index, sum(c.amount_minor) AS minor
            FROM refund_cells c JOIN refunds r ON r.id = c.refund_id AND r.{_LIVE},
            generate_series(0, c.quantity - 1) AS i
            WHERE c.line_id IS NOT NULL AND EXISTS (SELECT FROM orders o WHERE o.id = r.order_id)
            GROUP BY 1, 2)
        SELECT line_id, unit_index, costs.minor AS cost, gone.minor AS gone
        FROM gone LEFT JOIN costs USING (line_id, unit_index)
        WHERE coalesce(costs.minor, 0) < gone.minor
        """,
    ),
    Invariant(
        "the shipping fee is given back once",
        f"""
        SELECT o.number, o.payable_minor - g.goods AS fee, c.minor AS gone
        FROM orders o
        JOIN (SELECT l.order_id, sum(u.count * (u.net_minor
                  + CASE o.tax_mode WHEN 'exclusive' THEN u.tax_minor ELSE 0 END)) AS goods
              FROM order_units u JOIN order_lines l ON l.id = u.line_id
              JOIN orders o ON o.id = l.order_id
              GROUP BY 1) g ON g.order_id = o.id
        JOIN (SELECT r.order_id, sum(x.amount_minor) AS minor
              FROM refund_cells x JOIN refunds r ON r.id = x.refund_id AND r.{_LIVE}
              WHERE x.line_id IS NULL GROUP BY 1) c ON c.order_id = o.id
        WHERE c.minor > o.payable_minor - g.goods
        """,
    ),
    Invariant(
        "a unit is returned by a refund that stands, and is a unit of its order",
        f"""
        SELECT u.line_id, u.unit_index, r.number, r.state
        FROM refund_units u JOIN refunds r ON r.id = u.refund_id
        JOIN orders o ON o.id = r.order_id
        LEFT JOIN order_lines l ON l.id = u.line_id AND l.order_id = o.id
        WHERE NOT (r.{_LIVE}) OR l.id IS NULL OR u.unit_index >= l.quantity
        """,
    ),
    Invariant(
        "what a refund keeps for gifts it keeps for gifts of its order",
        """
        SELECT r.number, r.withheld_minor, g.minor, g.others
        FROM refunds r
        JOIN (SELECT g.refund_id, sum(g.amount_minor) AS minor,
                     count(*) FILTER (WHERE l.id IS NULL) AS others
              FROM refund_gifts g JOIN refunds d ON d.id = g.refund_id
              LEFT JOIN order_lines l
                  ON l.id = g.line_id AND l.order_id = d.order_id AND l.is_gift
              GROUP BY 1) g ON g.refund_id = r.id
        WHERE g.minor <> r.withheld_minor OR g.others > 0
        """,
    ),
    Invariant(
        "points come back in step with the money they were",
        """
        SELECT t.id, t.points, t.amount_minor, b.minor, b.points AS back,
               coalesce(u.restored, 0) AS restored
        FROM tenders t
        JOIN (SELECT tender_id, sum(amount_minor) AS minor, sum(points) AS points
              FROM refund_tenders WHERE points IS NOT NULL GROUP BY 1) b ON b.tender_id = t.id
        LEFT JOIN (SELECT tender_id, sum(restored) AS restored FROM points_uses GROUP BY 1) u
            ON u.tender_id = t.id
        WHERE b.points <> b.minor * t.points / t.amount_minor
           OR b.points <> coalesce(u.restored, 0)
        """,
    ),
    Invariant(
        "what is owed of points is what was clawed back and spent, less what was repaid",
        """
        WITH booked AS (
            SELECT a.owner_id AS member_id, sum(e.amount_minor) AS quantity
            FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
            WHERE a.kind = 'points_debt' AND a.currency = 'PTS' GROUP BY 1),
        owed AS (SELECT member_id, sum(quantity) AS quantity FROM points_debts GROUP BY 1)
        SELECT member_id, owed.quantity AS owed, booked.quantity AS booked
        FROM owed FULL JOIN booked USING (member_id)
        WHERE coalesce(owed.quantity, 0) <> coalesce(booked.quantity, 0)
        """,
    ),
    Invariant(
        "refunds of an order clawed back what it no longer earns",
        """
        SELECT e.order_id, e.clawed_back, coalesce(sum(r.points_clawed), 0) AS by_refunds
        FROM points_earnings e LEFT JOIN refunds r ON r.order_id = e.order_id
        GROUP BY e.order_id, e.clawed_back
        HAVING e.clawed_back <> coalesce(sum(r.points_clawed), 0)
        """,
    ),
    Invariant(
        "parts of refunds lack what the points are worth that were withheld, and kept postage",
        """
        SELECT r.number, r.points_withheld, e.point_value_minor, t.minor
        FROM refunds r
        LEFT JOIN points_earnings e ON e.order_id = r.order_id
        LEFT JOIN (SELECT refund_id, sum(points_withheld_minor) AS minor
                   FROM refund_tenders GROUP BY 1) t ON t.refund_id = r.id
        WHERE coalesce(r.points_withheld * e.point_value_minor, r.points_withheld)
              + CASE WHEN r.decided_at IS NULL THEN 0 ELSE r.postage_kept_minor END
              <> coalesce(t.minor, 0)
        """,
    ),
    Invariant(
        "what is owed to shoppers is what gateways still have to give back",
        """
        WITH booked AS (
            SELECT a.owner_id AS order_id, -sum(e.amount_minor) AS minor
            FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
            WHERE a.kind = 'refund_payable' GROUP BY 1),
        owed AS (
            SELECT r.order_id, sum(t.amount_minor - t.points_withheld_minor) AS minor
            FROM refund_tenders t JOIN refunds r ON r.id = t.refund_id
            WHERE t.state IN ('pending', 'failed') GROUP BY 1)
        SELECT order_id, owed.minor AS owed, booked.minor AS booked
        FROM owed FULL JOIN booked USING (order_id)
        WHERE coalesce(owed.minor, 0) <> coalesce(booked.minor, 0)
        """,
    ),
    Invariant(
        "a refund through a gateway names the payment that paid",
        """
        SELECT t.out_refund_no, t.channel, t.out_trade_no, a.channel AS paid_by,
            a.out_trade_no AS paid
        FROM refund_tenders t JOIN refunds f ON f.id = t.refund_id
        LEFT JOIN payment_receipts r ON r.plan_id = f.plan_id AND r.outcome = 'captured'
        LEFT JOIN payment_attempts a ON a.id = r.attempt_id
        WHERE t.out_trade_no IS NOT NULL
          AND (a.channel, a.out_trade_no) IS DISTINCT FROM (t.channel, t.out_trade_no)
        """,
    ),
    Invariant(
        "a lost dispute is a refund of what the bank took",
        """
        SELECT d.reference, d.amount_minor, r.amount_minor AS refunded, r.kind
        FROM payment_disputes d LEFT JOIN refunds r ON r.id = d.refund_id
        WHERE d.state = 'lost'
          AND (r.kind IS DISTINCT FROM 'chargeback' OR r.amount_minor <> d.amount_minor)
        """,
    ),
    Invariant(
        "nothing waits for a second person in an order that is cancelled",
        """
        SELECT r.number, o.number AS order_number FROM refunds r JOIN orders o ON o.id = r.order_id
        WHERE r.state = 'waiting' AND o.state = 'cancelled'
        """,
    ),
)
