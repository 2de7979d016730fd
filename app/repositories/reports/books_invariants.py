"""Invariants of the books: what is derived from journals says what they say."""

from app.repositories.finance.costs import COST_ACCOUNTS, COST_KIND
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
    Invariant(
        "revenue is what recognitions say",
        """
        WITH booked AS (
            SELECT substr(j.key, 11) AS reference, a.currency,
                   -sum(e.amount_minor) FILTER (WHERE a.code = 'revenue:goods') AS goods,
                   -sum(e.amount_minor) FILTER (WHERE a.code = 'revenue:shipping') AS shipping,
                   -sum(e.amount_minor) FILTER (WHERE a.kind = 'tax_payable') AS tax
            FROM ledger_journals j
            JOIN ledger_entries e ON e.journal_id = j.id
            JOIN ledger_accounts a ON a.id = e.account_id
            WHERE j.kind = 'recognise' GROUP BY 1, 2)
        SELECT reference, r.goods_minor, b.goods, r.tax_minor, b.tax
        FROM recognitions r FULL JOIN booked b USING (reference, currency)
        WHERE (r.goods_minor, r.shipping_minor, r.tax_minor) IS DISTINCT FROM
            (coalesce(b.goods, 0), coalesce(b.shipping, 0), coalesce(b.tax, 0))
        """,
    ),
    Invariant(
        "what is revenue was ordered, once",
        """
        SELECT l.id AS line_id, l.quantity, u.unit_index
        FROM earned_units u JOIN order_lines l ON l.id = u.line_id
        JOIN recognitions r ON r.id = u.recognition_id
        WHERE u.unit_index >= l.quantity OR r.order_id <> l.order_id
        """,
    ),
    Invariant(
        "funders owe for the units that have not come back",
        """
        WITH booked AS (
            SELECT j.order_id, substr(a.code, 19) AS funder, a.currency,
                   sum(e.amount_minor) AS minor
            FROM ledger_journals j
            JOIN ledger_entries e ON e.journal_id = j.id
            JOIN ledger_accounts a ON a.id = e.account_id
            WHERE j.kind IN ('sponsored', 'sponsored_back') AND a.kind = 'coupon_receivable'
            GROUP BY 1, 2, 3),
        owed AS (
            SELECT order_id, funder, currency, sum(amount_minor) AS minor
            FROM sponsored_units WHERE returned_by IS NULL GROUP BY 1, 2, 3)
        SELECT order_id, funder, o.minor AS owed, b.minor AS booked
        FROM owed o FULL JOIN booked b USING (order_id, funder, currency)
        WHERE coalesce(o.minor, 0) <> coalesce(b.minor, 0)
        """,
    ),
    Invariant(
        "an invoice is the sum of its lines",
        """
        SELECT i.id, i.amount_minor, coalesce(sum(l.amount_minor), 0) AS lines
        FROM invoices i LEFT JOIN invoice_lines l ON l.invoice_id = i.id
        GROUP BY i.id, i.amount_minor, i.tax_minor
        HAVING i.amount_minor <> coalesce(sum(l.amount_minor), 0)
            OR i.tax_minor <> coalesce(sum(l.tax_minor), 0)
        """,
    ),
    Invariant(
        "invoices less red ones stay within what was paid without gift cards",
        """
        WITH billed AS (
            SELECT order_id, sum(CASE kind WHEN 'blue' THEN amount_minor ELSE -amount_minor END)
                AS minor
            FROM invoices WHERE state NOT IN ('rejected', 'withdrawn') GROUP BY 1),
        paid AS (
            SELECT coalesce(g.order_id, p.order_id) AS order_id,
                   sum(t.amount_minor) FILTER (WHERE t.kind <> 'gift_card') AS minor
            FROM payment_plans p
            JOIN tenders t ON t.plan_id = p.id
            LEFT JOIN order_charges g ON g.id = p.order_id
            GROUP BY 1)
        SELECT order_id, billed.minor AS billed, paid.minor AS paid
        FROM billed LEFT JOIN paid USING (order_id)
        WHERE billed.minor < 0 OR billed.minor > coalesce(paid.minor, 0)
        """,
    ),
    Invariant(
        "a red invoice takes back a blue one of its order, and no more than that",
        """
        SELECT r.reverses_id, b.amount_minor, sum(r.amount_minor) AS red
        FROM invoices r LEFT JOIN invoices b ON b.id = r.reverses_id AND b.order_id = r.order_id
            AND b.kind = 'blue' AND b.state = 'issued'
        WHERE r.kind = 'red' AND r.state NOT IN ('rejected', 'withdrawn')
        GROUP BY r.reverses_id, b.id, b.amount_minor
        HAVING b.id IS NULL OR sum(r.amount_minor) > b.amount_minor
        """,
    ),
    Invariant(
        "an invoice of a merchant states what that merchant sells of its order",
        """
        SELECT i.id, l.position FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id
        LEFT JOIN order_lines n ON n.id = l.line_id
        WHERE (l.line_id IS NOT NULL AND (n.order_id <> i.order_id
               OR n.merchant_id <> coalesce(i.merchant_id, n.merchant_id)))
           OR (i.merchant_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM order_lines x
               WHERE x.order_id = i.order_id AND x.merchant_id = i.merchant_id))
        """,
    ),
    Invariant(
        "a merchant has one invoice of an order that stands",
        """
        SELECT b.order_id, b.merchant_id, b.charge_id, count(*) AS standing
        FROM invoices b LEFT JOIN (
            SELECT reverses_id, sum(amount_minor) AS minor FROM invoices
            WHERE state NOT IN ('rejected', 'withdrawn') GROUP BY 1) r ON r.reverses_id = b.id
        WHERE b.kind = 'blue' AND (b.state IN ('requested', 'pending', 'failed')
            OR (b.state = 'issued' AND b.amount_minor > coalesce(r.minor, 0)))
        GROUP BY 1, 2, 3 HAVING count(*) > 1
        """,
    ),
    Invariant(
        "costs of points, gifts and goodwill are what cost accounts moved",
        f"""
        WITH booked AS (
            SELECT kind, currency, sum(amount_minor) AS minor FROM cost_bookings
            WHERE kind <> 'promotion' GROUP BY 1, 2),
        moved AS (
            SELECT {COST_KIND} AS kind,
                   e.currency, sum(e.amount_minor) AS minor
            FROM ledger_entries e
            JOIN ledger_accounts a ON a.id = e.account_id
            JOIN ledger_journals j ON j.id = e.journal_id
            WHERE a.kind IN {COST_ACCOUNTS} AND e.currency <> 'PTS'
              AND (j.position, j.id) <=
                  (SELECT position, journal_id FROM ledger_marks WHERE name = 'costs')
            GROUP BY 1, 2)
        SELECT kind, currency, b.minor AS booked, m.minor AS moved
        FROM booked b FULL JOIN moved m USING (kind, currency)
        WHERE coalesce(b.minor, 0) <> coalesce(m.minor, 0)
        """,
    ),
    Invariant(
        "gifts cost what those that left and did not come back were bought for",
        """
        WITH booked AS (
            SELECT j.order_id, a.owner_id AS giver_id, a.currency, sum(e.amount_minor) AS minor
            FROM ledger_journals j
            JOIN ledger_entries e ON e.journal_id = j.id
            JOIN ledger_accounts a ON a.id = e.account_id
            WHERE j.kind IN ('gift_cost', 'gift_cost_back') AND a.kind = 'gift_cost'
            GROUP BY 1, 2, 3),
        given AS (
            SELECT l.order_id, coalesce(l.promotion_id, l.merchant_id) AS giver_id, o.currency,
                   sum(l.unit_cost_minor) FILTER (WHERE g.line_id IS NULL) AS minor
            FROM earned_units u
            JOIN order_lines l ON l.id = u.line_id
            JOIN orders o ON o.id = l.order_id
            LEFT JOIN gift_returns g ON g.line_id = u.line_id AND g.unit_index = u.unit_index
            WHERE (l.is_gift OR o.kind <> 'sale') AND l.unit_cost_minor > 0 GROUP BY 1, 2, 3)
        SELECT order_id, giver_id, g.minor AS given, b.minor AS booked
        FROM given g FULL JOIN booked b USING (order_id, giver_id, currency)
        WHERE coalesce(g.minor, 0) <> coalesce(b.minor, 0)
        """,
    ),
    Invariant(
        "journals by hand are as another person agreed to them",
        """
        WITH drafted AS (
            SELECT m.kind || ':' || m.number AS key, m.drafted_by, m.settled_by, m.state,
                   m.reverses_id, m.reversed_at, r.kind || ':' || r.number AS reverses,
                   (SELECT jsonb_agg(jsonb_build_array(l.account, l.currency, l.amount_minor)
                                     ORDER BY l.account, l.currency, l.amount_minor)
                    FROM manual_journal_lines l WHERE l.journal_id = m.id) AS lines
            FROM manual_journals m LEFT JOIN manual_journals r ON r.id = m.reverses_id),
        booked AS (
            SELECT j.key, j.actor, o.key AS reverses,
                   jsonb_agg(jsonb_build_array(a.code, a.currency, e.amount_minor)
                             ORDER BY a.code, a.currency, e.amount_minor) AS lines
            FROM ledger_journals j LEFT JOIN ledger_journals o ON o.id = j.reverses_id
            JOIN ledger_entries e ON e.journal_id = j.id
            JOIN ledger_accounts a ON a.id = e.account_id
            WHERE j.kind IN ('manual', 'funder_receipt') GROUP BY j.id, o.id)
        SELECT key, d.state, d.drafted_by, b.actor, d.lines AS drafted, b.lines AS booked
        FROM drafted d FULL JOIN booked b USING (key)
        WHERE (d.state = 'posted') IS DISTINCT FROM (b.key IS NOT NULL)
           OR b.key IS NOT NULL AND (d.settled_by, d.lines, d.reverses)
               IS DISTINCT FROM (b.actor, b.lines, b.reverses)
           OR b.key IS NOT NULL AND d.drafted_by = b.actor
        """,
    ),
    Invariant(
        "a journal by hand is reversed once, by its opposite",
        """
        SELECT m.number, m.reversed_at, count(r.id) AS reversals
        FROM manual_journals m
        LEFT JOIN manual_journals r ON r.reverses_id = m.id AND r.state = 'posted'
        GROUP BY m.id, m.number, m.reversed_at
        HAVING count(r.id) <> CASE WHEN m.reversed_at IS NULL THEN 0 ELSE 1 END
        UNION ALL
        SELECT m.number, m.reversed_at, NULL
        FROM manual_journals m JOIN manual_journals r ON r.reverses_id = m.id
        JOIN manual_journal_lines x ON x.journal_id = m.id
        LEFT JOIN manual_journal_lines y ON y.journal_id = r.id AND y.position = x.position
        WHERE (y.account, y.currency, y.amount_minor)
            IS DISTINCT FROM (x.account, x.currency, -x.amount_minor)
        """,
    ),
    Invariant(
        "nothing but discounts, returns and receipts moves what funders owe",
        """
        SELECT j.key, a.code FROM ledger_accounts a
        JOIN ledger_entries e ON e.account_id = a.id
        JOIN ledger_journals j ON j.id = e.journal_id
        WHERE a.kind = 'coupon_receivable'
          AND j.kind NOT IN ('sponsored', 'sponsored_back', 'funder_receipt')
        """,
    ),
    Invariant(
        "a budget warns of what it had reached",
        """
        SELECT w.budget_id, w.version, w.level, w.amount_minor, w.spent_minor
        FROM cost_budget_warnings w JOIN cost_budgets b ON b.id = w.budget_id
        WHERE w.version > b.version
           OR w.version = b.version AND w.amount_minor <> b.amount_minor
           OR w.level = 'exceeded' AND w.spent_minor <= w.amount_minor
           OR w.level = 'warned' AND w.version = b.version
              AND w.spent_minor::numeric * 10000 < w.amount_minor::numeric * b.warn_bps
        """,
    ),
    Invariant(
        "no more of a discount is taken back than was booked",
        """
        SELECT order_id, subject, sum(amount_minor) AS minor FROM cost_bookings
        WHERE kind = 'promotion' GROUP BY 1, 2 HAVING sum(amount_minor) < 0
        """,
    ),
)
