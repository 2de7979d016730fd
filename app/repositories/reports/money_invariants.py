"""Invariants of the ledger, of payments and of stored value (payments specification 3.10)."""

from app.repositories.reports.audit import Invariant

LEDGER = (
    Invariant(
        "every journal sums to zero in each currency",
        """
        SELECT journal_id, currency, sum(amount_minor) AS off_by
        FROM ledger_entries GROUP BY journal_id, currency HAVING sum(amount_minor) <> 0
        """,
    ),
    Invariant(
        "every journal has two legs or moves nothing",
        """
        SELECT j.id, j.key, coalesce(e.legs, 0) AS legs
        FROM ledger_journals j LEFT JOIN (
            SELECT journal_id, count(*) AS legs FROM ledger_entries GROUP BY 1) e
            ON e.journal_id = j.id
        WHERE e.legs = 1 OR (e.legs IS NULL AND j.kind <> 'nothing_due')
        """,
    ),
    Invariant(
        "a protected balance is the fold of its entries",
        """
        SELECT a.code, a.currency, a.balance_minor, coalesce(e.folded, 0) AS folded
        FROM ledger_accounts a LEFT JOIN (
            SELECT account_id, -sum(amount_minor) AS folded FROM ledger_entries GROUP BY 1) e
            ON e.account_id = a.id
        WHERE a.is_protected AND a.balance_minor <> coalesce(e.folded, 0)
        """,
    ),
    Invariant(
        "no protected balance is below zero",
        "SELECT code, balance_minor FROM ledger_accounts WHERE is_protected AND balance_minor < 0",
    ),
    Invariant(
        "entries are in the currency of their account",
        """
        SELECT e.journal_id, a.code, a.currency, e.currency AS entered
        FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
        WHERE a.currency <> e.currency
        """,
    ),
    Invariant(
        "the ledger refuses changes",
        """
        SELECT wanted.name AS missing_trigger
        FROM (VALUES ('ledger_entries_append_only'), ('ledger_journals_append_only'),
                     ('ledger_entries_balance'), ('ledger_seals_append_only'),
                     ('cost_bookings_append_only'), ('gift_returns_append_only'),
                     ('cost_budget_warnings_append_only'),
                     ('manual_journals_settled'), ('manual_journal_lines_append_only'),
                     ('ledger_exports_append_only'),
                     ('ledger_journals_period_open'),
                     ('stock_movements_append_only'), ('stock_batch_movements_append_only'),
                     ('stock_serial_moves_append_only'),
                     ('operation_log_append_only'), ('price_changes_append_only'),
                     ('promotion_versions_append_only'), ('lottery_draws_append_only')) wanted(name)
        WHERE NOT EXISTS (
            SELECT FROM pg_trigger t WHERE t.tgname = wanted.name AND t.tgenabled <> 'D')
        """,
    ),
)

PAYMENTS = (
    Invariant(
        "a payment is in review while a matter of it is open",
        """
        SELECT p.order_id, p.in_review, count(v.id) AS open
        FROM payment_plans p LEFT JOIN payment_reviews v ON v.plan_id = p.id AND v.state = 'open'
        WHERE p.in_review OR v.id IS NOT NULL
        GROUP BY p.id, p.order_id, p.in_review HAVING p.in_review <> (count(v.id) > 0)
        """,
    ),
    Invariant(
        "tenders sum to the payable",
        """
        SELECT p.order_id, p.payable_minor, coalesce(sum(t.amount_minor), 0) AS tendered
        FROM payment_plans p LEFT JOIN tenders t ON t.plan_id = p.id
        GROUP BY p.id, p.order_id, p.payable_minor
        HAVING p.payable_minor <> coalesce(sum(t.amount_minor), 0)
        """,
    ),
    Invariant(
        "the plan pays what the order costs",
        """
        SELECT o.number, o.payable_minor, p.payable_minor AS planned
        FROM orders o LEFT JOIN payment_plans p ON p.order_id = o.id
        WHERE (p.id IS NULL AND NOT EXISTS (
                  SELECT FROM external_refs x WHERE x.kind = 'past_order' AND x.entity_id = o.id))
           OR p.payable_minor <> o.payable_minor OR p.currency <> o.currency
        """,
    ),
    Invariant(
        "a paid plan has captured every tender",
        """
        SELECT p.order_id, t.kind, t.state FROM payment_plans p JOIN tenders t ON t.plan_id = p.id
        WHERE p.state IN ('paid', 'partly_refunded', 'refunded') AND t.state <> 'captured'
        """,
    ),
    Invariant(
        "a closed plan holds nothing",
        """
        SELECT p.order_id, t.kind, t.state FROM payment_plans p JOIN tenders t ON t.plan_id = p.id
        WHERE p.state IN ('closed', 'hold_failed') AND t.state IN ('held', 'captured')
        """,
    ),
    Invariant(
        "held money equals the tenders and withdrawals that hold it",
        """
        WITH held AS (
            SELECT CASE t.kind WHEN 'gift_card' THEN 'gift_card:' || t.gift_card_id
                        WHEN 'points' THEN 'points_liability:' || t.member_id
                        ELSE 'balance:' || t.member_id END || ':held' AS code,
                   p.currency, sum(t.amount_minor) AS minor
            FROM tenders t JOIN payment_plans p ON p.id = t.plan_id
            WHERE t.state = 'held' AND t.kind <> 'gateway' GROUP BY 1, 2),
        asked AS (
            SELECT 'balance:' || member_id || ':held' AS code, currency, sum(amount_minor) AS minor
            FROM withdrawals WHERE state IN ('requested', 'approved') GROUP BY 1, 2),
        owed AS (
            SELECT code, currency, sum(minor) AS minor
            FROM (SELECT * FROM held UNION ALL SELECT * FROM asked) every GROUP BY 1, 2)
        SELECT code, currency, a.balance_minor, h.minor AS by_owners
        FROM (SELECT code, currency, balance_minor FROM ledger_accounts
              WHERE is_protected AND code LIKE '%:held' AND currency <> 'PTS') a
        FULL JOIN owed h USING (code, currency)
        WHERE coalesce(a.balance_minor, 0) <> coalesce(h.minor, 0)
        """,
    ),
    Invariant(
        "a tender gives back no more than it took, and what refunds say",
        """
        SELECT t.id, t.amount_minor, t.refunded_minor, coalesce(sum(r.amount_minor), 0) AS refunds
        FROM tenders t
        LEFT JOIN refund_tenders r
          ON r.tender_id = t.id AND r.state NOT IN ('rejected', 'cancelled')
        GROUP BY t.id, t.amount_minor, t.refunded_minor
        HAVING t.refunded_minor > t.amount_minor
            OR t.refunded_minor <> coalesce(sum(r.amount_minor), 0)
        """,
    ),
    Invariant(
        "a refund is the sum of its parts",
        """
        SELECT r.number, r.amount_minor, coalesce(sum(t.amount_minor), 0) AS parts
        FROM refunds r LEFT JOIN refund_tenders t ON t.refund_id = r.id
        GROUP BY r.id, r.number, r.amount_minor
        HAVING r.amount_minor <> coalesce(sum(t.amount_minor), 0)
        """,
    ),
    Invariant(
        "money captured through a gateway has its receipt",
        """
        SELECT a.out_trade_no, a.state,
               count(r.*) FILTER (WHERE r.outcome = 'captured') AS captured
        FROM payment_attempts a
        JOIN payment_plans p ON p.id = a.plan_id
        LEFT JOIN payment_receipts r ON r.plan_id = p.id
        WHERE p.state IN ('paid', 'partly_refunded', 'refunded')
          AND EXISTS (SELECT FROM tenders t WHERE t.plan_id = p.id AND t.kind = 'gateway')
        GROUP BY a.id, a.out_trade_no, a.state
        HAVING count(r.*) FILTER (WHERE r.outcome = 'captured') <> 1
        """,
    ),
    Invariant(
        "a captured receipt has the amount of its tender",
        """
        SELECT r.transaction_id, r.amount_minor, t.amount_minor AS tender
        FROM payment_receipts r
        JOIN tenders t ON t.plan_id = r.plan_id AND t.kind = 'gateway'
        WHERE r.outcome = 'captured' AND r.amount_minor <> t.amount_minor
        """,
    ),
    Invariant(
        "suspense holds what is not yet returned",
        """
        WITH owed AS (
            SELECT code, currency, sum(amount_minor) AS minor FROM (
                SELECT 'suspense:' || channel AS code, currency, amount_minor
                FROM payment_receipts WHERE outcome = 'suspense' AND returned_at IS NULL
                UNION ALL
                SELECT 'suspense:' || kind, currency, amount_minor
                FROM collections WHERE state = 'apart'
                UNION ALL
                SELECT 'suspense:' || channel, currency, theirs_minor - ours_minor
                FROM reconciliation_cases WHERE resolution = 'corrected') kept
            GROUP BY 1, 2),
        booked AS (
            SELECT a.code, a.currency, -sum(e.amount_minor) AS minor
            FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
            WHERE a.kind = 'suspense' GROUP BY 1, 2)
        SELECT code, currency, owed.minor AS kept_apart, booked.minor AS booked
        FROM owed FULL JOIN booked USING (code, currency)
        WHERE coalesce(owed.minor, 0) <> coalesce(booked.minor, 0)
        """,
    ),
    Invariant(
        "prepaid money of an order is what was paid, is not given back and not revenue",
        """
        WITH booked AS (
            SELECT a.owner_id AS order_id, -sum(e.amount_minor) AS minor
            FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
            WHERE a.kind = 'order_prepaid' GROUP BY 1),
        expected AS (
            SELECT p.order_id,
                   CASE WHEN p.state IN ('paid', 'partly_refunded', 'refunded')
                        THEN p.payable_minor ELSE 0 END
                   - coalesce(r.minor, 0) + coalesce(e.minor, 0) - coalesce(c.minor, 0)
                   + coalesce(s.minor, 0)
                   - CASE WHEN t.state IN ('paid', 'refunded')
                        THEN t.pay_minor - coalesce(r.minor, 0) ELSE 0 END
                   - coalesce(g.earned_minor, 0) AS minor
            FROM payment_plans p
            LEFT JOIN top_ups t ON t.id = p.order_id
            LEFT JOIN order_charges g ON g.id = p.order_id
            LEFT JOIN (
                SELECT plan_id, sum(amount_minor) AS minor FROM refunds
                WHERE state IN ('pending', 'succeeded') GROUP BY 1) r ON r.plan_id = p.id
            LEFT JOIN (
                SELECT j.order_id, sum(e.amount_minor) AS minor
                FROM ledger_journals j
                JOIN ledger_entries e ON e.journal_id = j.id
                JOIN ledger_accounts a ON a.id = e.account_id
                WHERE j.kind = 'refund' AND a.kind IN ('sales_returns', 'tax_payable')
                GROUP BY 1) e ON e.order_id = p.order_id
            LEFT JOIN (
                SELECT order_id, sum(prepaid_minor + funded_minor) AS minor
                FROM recognitions GROUP BY 1) c ON c.order_id = p.order_id
            LEFT JOIN (
                SELECT s.order_id, sum(s.amount_minor) AS minor
                FROM sponsored_units s
                WHERE s.returned_by IS NULL OR EXISTS (
                    SELECT FROM earned_units u
                    WHERE u.line_id = s.line_id AND u.unit_index = s.unit_index)
                GROUP BY 1) s ON s.order_id = p.order_id)
        SELECT order_id, expected.minor AS expected, booked.minor AS booked
        FROM expected FULL JOIN booked USING (order_id)
        WHERE coalesce(expected.minor, 0) <> coalesce(booked.minor, 0)
        """,
    ),
    Invariant(
        "a paid plan has no open attempt",
        """
        SELECT a.out_trade_no, a.state, p.state AS plan
        FROM payment_attempts a JOIN payment_plans p ON p.id = a.plan_id
        WHERE a.state IN ('created', 'pending') AND p.state NOT IN ('awaiting', 'closing')
        """,
    ),
    Invariant(
        "no attempt waits for an answer for days without a review",
        """
        SELECT a.out_trade_no, a.created_at FROM payment_attempts a
        JOIN payment_plans p ON p.id = a.plan_id
        WHERE a.state IN ('created', 'pending') AND NOT p.in_review
          AND a.created_at < now() - interval '4 days'
        """,
    ),
)

STORED_VALUE = (
    Invariant(
        "a gift card is worth between nothing and its face",
        """
        SELECT g.id, g.face_minor, sum(a.balance_minor) AS worth
        FROM gift_cards g JOIN ledger_accounts a ON a.owner_id = g.id AND a.kind = 'gift_card'
        GROUP BY g.id, g.face_minor
        HAVING sum(a.balance_minor) NOT BETWEEN 0 AND g.face_minor
        """,
    ),
    Invariant(
        "lots of points sum to the balance in points",
        """
        WITH lots AS (
            SELECT 'points_liability:' || member_id AS owner, sum(remaining) AS available,
                   sum(held) AS held FROM points_lots GROUP BY 1)
        SELECT owner, lots.available, a.balance_minor AS booked, lots.held,
               h.balance_minor AS booked_held
        FROM lots
        LEFT JOIN ledger_accounts a ON a.code = owner || ':available' AND a.currency = 'PTS'
        LEFT JOIN ledger_accounts h ON h.code = owner || ':held' AND h.currency = 'PTS'
        WHERE lots.available <> coalesce(a.balance_minor, 0)
           OR lots.held <> coalesce(h.balance_minor, 0)
        """,
    ),
    Invariant(
        "a points tender draws on lots for all its points",
        """
        SELECT t.id, t.points, coalesce(sum(u.quantity), 0) AS drawn
        FROM tenders t LEFT JOIN points_uses u ON u.tender_id = t.id
        WHERE t.kind = 'points' AND t.state IN ('held', 'captured')
        GROUP BY t.id, t.points HAVING t.points <> coalesce(sum(u.quantity), 0)
        """,
    ),
)
