"""Invariants of orders that marketplaces sent in, and of what marketplaces owe."""

from app.repositories.reports.audit import Invariant

INTAKE = (
    Invariant(
        "an order of a marketplace is what was sent in",
        """
        SELECT o.number, o.reference, i.external_number
        FROM orders o
        LEFT JOIN order_intakes i ON i.order_id = o.id
        LEFT JOIN channels h ON h.id = i.channel_id
        WHERE (o.source = 'marketplace'
               AND o.reference IS DISTINCT FROM h.code || ':' || i.external_number)
           OR (i.id IS NOT NULL AND o.source <> 'marketplace')
        """,
    ),
    Invariant(
        "marketplaces owe what their buyers paid, less what went back",
        """
        WITH expected AS (
            SELECT 'marketplace_receivable:' || t.channel AS code, p.currency,
                   sum(t.amount_minor - coalesce(r.minor, 0)) AS minor
            FROM tenders t JOIN payment_plans p ON p.id = t.plan_id
            LEFT JOIN (
                SELECT tender_id, sum(amount_minor - points_withheld_minor) AS minor
                FROM refund_tenders WHERE state = 'succeeded' GROUP BY 1) r ON r.tender_id = t.id
            WHERE t.kind = 'marketplace' AND t.state = 'captured' GROUP BY 1, 2),
        booked AS (
            SELECT a.code, a.currency, sum(e.amount_minor) AS minor
            FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
            JOIN ledger_journals j ON j.id = e.journal_id
            WHERE a.kind = 'marketplace_receivable' AND j.order_id IS NOT NULL GROUP BY 1, 2)
        SELECT code, currency, expected.minor AS expected, booked.minor AS booked
        FROM expected FULL JOIN booked USING (code, currency)
        WHERE coalesce(expected.minor, 0) <> coalesce(booked.minor, 0)
        """,
    ),
)
