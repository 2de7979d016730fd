"""Invariants of statements, differences and signed days (payments specification 3.9)."""

from app.repositories.reports.audit import Invariant

RECONCILIATION = (
    Invariant(
        "a statement has all its lines",
        """
        SELECT f.channel, f.day, f.lines, coalesce(l.lines, 0) AS found
        FROM statement_files f
        LEFT JOIN (
            SELECT file_id, false AS is_superseded, count(*) AS lines
            FROM statement_lines GROUP BY 1
            UNION ALL
            SELECT file_id, true, count(*) FROM superseded_lines GROUP BY 1
        ) l ON l.file_id = f.id AND l.is_superseded = (f.superseded_at IS NOT NULL)
        WHERE f.lines <> coalesce(l.lines, 0)
        """,
    ),
    Invariant(
        "a superseded statement has one in its place, which two people agreed on",
        """
        SELECT f.channel, f.day, f.kind, n.id AS replaced_by, r.asked_by, r.approved_by
        FROM statement_files f
        FULL JOIN statement_files n ON n.replaces_id = f.id
        LEFT JOIN statement_replacements r
            ON r.replaces_id = f.id AND r.taken_id = n.id AND r.sha256 = n.sha256
        WHERE (f.superseded_at IS NOT NULL OR n.replaces_id IS NOT NULL)
          AND (f.superseded_at IS NULL OR n.id IS NULL OR r.id IS NULL
               OR (f.channel, f.day, f.kind) <> (n.channel, n.day, n.kind)
               OR r.approved_by IS NULL OR r.approved_by = r.asked_by)
        """,
    ),
    Invariant(
        "what matched agrees with our books to the cent",
        """
        SELECT l.channel, l.provider_id, l.amount_minor, l.gross_minor, o.minor AS ours
        FROM statement_lines l
        LEFT JOIN LATERAL (
            SELECT r.amount_minor AS minor, r.channel FROM payment_receipts r
            WHERE r.id = l.receipt_id
            UNION ALL
            SELECT p.points_withheld_minor - p.amount_minor, p.channel
            FROM refund_tenders p WHERE p.id = l.refund_part_id
        ) o ON true
        WHERE l.verdict = 'matched'
          AND (o.minor IS DISTINCT FROM l.gross_minor OR abs(l.gross_minor) <> l.amount_minor
               OR o.channel <> l.channel OR NOT l.is_settled)
        """,
    ),
    Invariant(
        "every difference has a case",
        """
        SELECT l.channel, l.provider_id, l.verdict
        FROM statement_lines l
        WHERE l.verdict NOT IN ('matched', 'not_compared')
          AND NOT EXISTS (SELECT FROM reconciliation_cases c
                          WHERE c.file_id = l.file_id AND c.line = l.line)
        """,
    ),
    Invariant(
        "settlements are the lines that are settled",
        """
        WITH booked AS (
            SELECT substr(a.code, 18) AS channel, a.currency, -sum(e.amount_minor) AS minor
            FROM ledger_accounts a
            JOIN ledger_entries e ON e.account_id = a.id
            JOIN ledger_journals j ON j.id = e.journal_id
            WHERE a.kind = 'gateway_clearing' AND j.kind = 'settlement' GROUP BY 1, 2),
        settled AS (
            SELECT channel, currency, sum(gross_minor) AS minor
            FROM statement_lines WHERE is_settled GROUP BY 1, 2)
        SELECT channel, currency, b.minor AS booked, s.minor AS settled
        FROM booked b FULL JOIN settled s USING (channel, currency)
        WHERE coalesce(b.minor, 0) <> coalesce(s.minor, 0)
        """,
    ),
    Invariant(
        "gateway fees are those of settled lines",
        """
        WITH booked AS (
            SELECT a.currency, sum(e.amount_minor) AS minor
            FROM ledger_accounts a
            JOIN ledger_entries e ON e.account_id = a.id
            JOIN ledger_journals j ON j.id = e.journal_id
            WHERE a.kind = 'gateway_fee' AND j.kind = 'settlement' GROUP BY 1),
        settled AS (
            SELECT currency, sum(fee_minor) AS minor
            FROM statement_lines WHERE is_settled GROUP BY 1)
        SELECT currency, b.minor AS booked, s.minor AS settled
        FROM booked b FULL JOIN settled s USING (currency)
        WHERE coalesce(b.minor, 0) <> coalesce(s.minor, 0)
        """,
    ),
    Invariant(
        "corrections book the differences of their cases",
        """
        WITH booked AS (
            SELECT substr(j.key, 12, 36) AS id, sum(e.amount_minor) AS minor
            FROM ledger_journals j
            JOIN ledger_entries e ON e.journal_id = j.id
            JOIN ledger_accounts a ON a.id = e.account_id
            WHERE j.kind = 'reconciliation_correction' AND a.kind = 'gateway_clearing' GROUP BY 1),
        cases AS (
            SELECT id::text, channel, theirs_minor - ours_minor AS minor
            FROM reconciliation_cases WHERE resolution = 'corrected')
        SELECT id, c.channel, b.minor AS booked, c.minor AS difference
        FROM booked b FULL JOIN cases c USING (id)
        WHERE coalesce(b.minor, 0) <> coalesce(c.minor, 0)
        """,
    ),
    Invariant(
        "a correction is of two people",
        """
        SELECT channel, day, number, proposed_by, resolved_by FROM reconciliation_cases
        WHERE resolution = 'corrected'
          AND (proposed_by IS NULL OR resolved_by IS NULL OR proposed_by = resolved_by)
        """,
    ),
    Invariant(
        "a signed day has no open case",
        """
        SELECT d.channel, d.day, c.number, c.verdict
        FROM reconciled_days d JOIN reconciliation_cases c USING (channel, day)
        WHERE d.state = 'signed' AND c.state IN ('open', 'proposed')
        """,
    ),
)
