"""Invariants of balances that are paid in and out."""

from app.repositories.reports.audit import Invariant

WALLETS = (
    Invariant(
        "a withdrawal was held once, and paid out or given up once as its state says",
        """
        WITH moved AS (
            SELECT w.id, w.state, w.amount_minor, w.currency, w.member_id, step.kind,
                   step.is_due, j.id AS journal_id
            FROM withdrawals w
            CROSS JOIN LATERAL (VALUES
                ('withdrawal_asked', true),
                ('withdrawal_paid', w.state = 'paid'),
                ('withdrawal_given_up', w.state IN ('rejected', 'cancelled')))
                AS step(kind, is_due)
            LEFT JOIN ledger_journals j ON j.key = step.kind || ':' || w.id)
        SELECT m.id, m.state, m.kind, m.is_due, e.minor
        FROM moved m
        LEFT JOIN (
            SELECT e.journal_id, a.owner_id, a.currency, sum(e.amount_minor) AS minor
            FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            WHERE a.kind = 'balance' AND e.amount_minor > 0 GROUP BY 1, 2, 3) e
            ON e.journal_id = m.journal_id AND e.owner_id = m.member_id
                AND e.currency = m.currency
        WHERE m.is_due <> (m.journal_id IS NOT NULL)
           OR (m.is_due AND e.minor IS DISTINCT FROM m.amount_minor)
        """,
    ),
    Invariant(
        "a withdrawal that was paid names who approved and who paid it, and no other does",
        """
        SELECT id, state, approved_by, paid_by, reference FROM withdrawals
        WHERE (state = 'paid' AND (paid_by IS NULL OR reference IS NULL OR approved_by IS NULL))
           OR (state <> 'paid' AND (paid_by IS NOT NULL OR reference IS NOT NULL))
        """,
    ),
    Invariant(
        "a top-up is paid by a plan of its own that stands where it does",
        """
        SELECT t.id, t.state, t.pay_minor, p.state AS plan, p.payable_minor
        FROM top_ups t LEFT JOIN payment_plans p ON p.order_id = t.id
        WHERE p.id IS NULL OR p.payable_minor <> t.pay_minor OR p.currency <> t.currency
           OR p.member_id <> t.member_id
           OR (t.state = 'awaiting') <> (p.state IN ('awaiting', 'closing'))
           OR (t.state = 'closed') <> (p.state = 'closed')
           OR (t.state = 'paid' AND p.state NOT IN ('paid', 'partly_refunded'))
        """,
    ),
    Invariant(
        "a top-up and its bonus came once",
        """
        WITH moved AS (
            SELECT t.id, t.state, t.member_id, t.currency, step.kind, step.is_due, step.minor,
                   j.id AS journal_id
            FROM top_ups t
            CROSS JOIN LATERAL (VALUES
                ('top_up', t.state IN ('paid', 'refunded'), t.pay_minor),
                ('top_up_bonus', t.state IN ('paid', 'refunded') AND t.bonus_minor > 0,
                 t.bonus_minor)) AS step(kind, is_due, minor)
            LEFT JOIN ledger_journals j ON j.key = step.kind || ':' || t.id)
        SELECT m.id, m.state, m.kind, m.is_due, m.minor, e.minor AS booked
        FROM moved m
        LEFT JOIN (
            SELECT e.journal_id, a.owner_id, a.currency, -sum(e.amount_minor) AS minor
            FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            WHERE a.kind = 'balance' GROUP BY 1, 2, 3) e
            ON e.journal_id = m.journal_id AND e.owner_id = m.member_id
                AND e.currency = m.currency
        WHERE m.is_due <> (m.journal_id IS NOT NULL)
           OR (m.is_due AND e.minor IS DISTINCT FROM m.minor)
        """,
    ),
    Invariant(
        "what goes back of a top-up left the balance or is owed, and its bonus went with it",
        """
        WITH decided AS (
            SELECT r.order_id, sum(r.amount_minor) AS minor,
                   bool_or(r.kind = 'chargeback') AS is_charged
            FROM refunds r JOIN top_ups t ON t.id = r.order_id
            WHERE r.decided_at IS NOT NULL GROUP BY 1),
        booked AS (
            SELECT j.order_id,
                   coalesce(sum(e.amount_minor) FILTER (WHERE j.kind = 'top_up_back'), 0) AS paid,
                   coalesce(sum(e.amount_minor) FILTER (WHERE j.kind = 'top_up_bonus_back'), 0)
                       AS bonus
            FROM ledger_journals j
            JOIN ledger_entries e ON e.journal_id = j.id
            JOIN ledger_accounts a ON a.id = e.account_id
            JOIN top_ups t ON t.id = j.order_id
            WHERE j.kind IN ('top_up_back', 'top_up_bonus_back')
              AND a.kind IN ('balance', 'balance_debt')
              AND a.owner_id = t.member_id AND a.currency = t.currency
            GROUP BY 1)
        SELECT t.id, t.state, t.pay_minor, t.bonus_minor, d.minor, b.paid, b.bonus
        FROM top_ups t
        LEFT JOIN decided d ON d.order_id = t.id
        LEFT JOIN booked b ON b.order_id = t.id
        WHERE coalesce(d.minor, 0) <> coalesce(b.paid, 0)
           OR (t.state = 'refunded') <> (coalesce(d.minor, 0) = t.pay_minor)
           OR coalesce(b.bonus, 0) > t.bonus_minor
           OR (t.state = 'refunded' AND NOT d.is_charged AND coalesce(b.bonus, 0) <> t.bonus_minor)
        """,
    ),
    Invariant(
        "no more of a balance's debt is paid than was owed",
        """
        SELECT a.owner_id, a.currency, sum(e.amount_minor) AS minor
        FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
        WHERE a.kind = 'balance_debt' GROUP BY 1, 2 HAVING sum(e.amount_minor) < 0
        """,
    ),
    Invariant(
        "a package was had as often as is counted",
        """
        WITH had AS (
            SELECT member_id, package_id, count(*) AS times FROM top_ups
            WHERE package_id IS NOT NULL AND state <> 'closed' GROUP BY 1, 2)
        SELECT member_id, package_id, u.used, had.times
        FROM package_uses u FULL JOIN had USING (member_id, package_id)
        WHERE coalesce(u.used, 0) <> coalesce(had.times, 0)
        """,
    ),
)
