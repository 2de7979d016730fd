"""Invariants of the books: what is derived from journals says what they say."""

from app.repositories.ledger.marks import CEILING
from app.repositories.ledger.seals import BROKEN
from app.repositories.ledger.turnovers import CONTROL, ROLLED
from app.repositories.reports.audit import Invariant

BOOKS = (
    Invariant(
        "entries count when their journal does",
        """
        SELECT j.key, j.effective_at, e.effective_at AS entry_at
        FROM ledger_entries e JOIN ledger_journals j ON j.id = e.journal_id
        WHERE e.effective_at <> j.effective_at
        """,
    ),
    Invariant(
        "turnovers are the fold of the entries they hold",
        f"""
        WITH folded AS (
            SELECT {CONTROL} AS control, e.currency,
                   date_trunc('hour', e.effective_at, 'UTC') AS hour_at,
                   sum(greatest(e.amount_minor, 0)) AS debit,
                   sum(greatest(-e.amount_minor, 0)) AS credit, count(*) AS entries
            FROM ledger_entries e
            JOIN ledger_journals j ON j.id = e.journal_id
            JOIN ledger_accounts a ON a.id = e.account_id
            WHERE {ROLLED} GROUP BY 1, 2, 3)
        SELECT control, currency, hour_at, t.debit_minor, f.debit, t.credit_minor, f.credit
        FROM ledger_turnovers t FULL JOIN folded f USING (control, currency, hour_at)
        WHERE (t.debit_minor, t.credit_minor, t.entries)
            IS DISTINCT FROM (f.debit, f.credit, f.entries)
        """,
    ),
    Invariant("journals and entries are as they were sealed, in one chain", BROKEN),
    Invariant(
        "a journal is sealed within a day",
        """
        SELECT j.key, j.posted_at FROM ledger_journals j
        WHERE j.posted_at < now() - interval '1 day' AND (j.position, j.id) > coalesce(
            (SELECT (s.last_position, s.last_journal_id) FROM ledger_seals s
             ORDER BY s.number DESC LIMIT 1),
            (-1::bigint, '00000000-0000-0000-0000-000000000000'::uuid))
        """,
    ),
    Invariant(
        "positions go on",
        f"SELECT max(position) AS given_out FROM ledger_journals HAVING max(position) >= {CEILING}",
    ),
    Invariant(
        "a closed period ends with what it was closed with",
        f"""
        WITH moved AS (
            SELECT p.id, {CONTROL} AS control, e.currency,
                   sum(greatest(e.amount_minor, 0))
                       FILTER (WHERE e.effective_at >= p.starts_at) AS debit,
                   sum(greatest(-e.amount_minor, 0))
                       FILTER (WHERE e.effective_at >= p.starts_at) AS credit,
                   sum(e.amount_minor) AS closing
            FROM accounting_periods p
            JOIN ledger_entries e ON e.effective_at < p.ends_at
            JOIN ledger_accounts a ON a.id = e.account_id
            WHERE p.state = 'closed' GROUP BY 1, 2, 3),
        kept AS (
            SELECT b.period_id AS id, b.control, b.currency, b.debit_minor, b.credit_minor,
                   b.closing_minor
            FROM period_balances b JOIN accounting_periods p ON p.id = b.period_id)
        SELECT id AS period_id, control, currency, k.closing_minor, m.closing
        FROM kept k FULL JOIN moved m USING (id, control, currency)
        WHERE (k.debit_minor, k.credit_minor, k.closing_minor) IS DISTINCT FROM
            (coalesce(m.debit, 0), coalesce(m.credit, 0), m.closing)
        """,
    ),
)
