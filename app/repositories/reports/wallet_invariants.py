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
        LEFT JOIN LATERAL (
            SELECT sum(e.amount_minor) AS minor
            FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            WHERE e.journal_id = m.journal_id AND a.kind = 'balance'
              AND a.owner_id = m.member_id AND a.currency = m.currency
              AND e.amount_minor > 0) e ON true
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
)
