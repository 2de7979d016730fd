"""What could go wrong with the books, each with words of the invariant that has to say so."""

BOOKS_CORRUPTIONS = [
    (
        "UPDATE ledger_entries SET effective_at = effective_at - interval '1 day'",
        "count when their journal does",
    ),
    ("UPDATE ledger_turnovers SET debit_minor = debit_minor + 1", "turnovers are the fold"),
    ("DELETE FROM ledger_turnovers WHERE control LIKE 'order_prepaid%'", "turnovers are the fold"),
    (
        """UPDATE ledger_entries SET amount_minor = -amount_minor
        WHERE journal_id = (SELECT last_journal_id FROM ledger_seals WHERE number = 2)""",
        "as they were sealed",
    ),
    ("UPDATE ledger_accounts SET code = code || 'x' WHERE kind = 'bank'", "as they were sealed"),
    ("UPDATE ledger_journals SET reason = 'other' WHERE kind = 'refund'", "as they were sealed"),
    (
        """DELETE FROM ledger_journals
        WHERE id = (SELECT last_journal_id FROM ledger_seals WHERE number = 1)""",
        "as they were sealed",
    ),
    (
        "UPDATE ledger_seals s SET hash = o.hash FROM ledger_seals o WHERE o.number = 3 - s.number",
        "as they were sealed",
    ),
    ("DELETE FROM ledger_seals WHERE number = 1", "as they were sealed"),
    (
        """WITH gone AS (DELETE FROM ledger_seals)
        UPDATE ledger_journals SET posted_at = posted_at - interval '2 days'""",
        "sealed within a day",
    ),
    ("UPDATE ledger_journals SET position = position + 1000000", "positions go on"),
    ("ALTER TABLE ledger_seals DISABLE TRIGGER ledger_seals_append_only", "refuses changes"),
    ("ALTER TABLE ledger_journals DISABLE TRIGGER ledger_journals_period_open", "refuses changes"),
    ("DELETE FROM period_balances WHERE control LIKE 'bank%'", "ends with what it was closed"),
    (
        "UPDATE period_balances SET debit_minor = debit_minor + 1, closing_minor = 0",
        "ends with what it was closed",
    ),
    (
        """UPDATE ledger_entries SET effective_at = effective_at + interval '400 days'
        WHERE effective_at < now() - interval '60 days'""",
        "ends with what it was closed",
    ),
    ("UPDATE recognitions SET goods_minor = goods_minor + 1", "revenue is what recognitions say"),
    ("DELETE FROM recognitions", "revenue is what recognitions say"),
    ("DELETE FROM recognitions", "prepaid money of an order"),
    ("UPDATE earned_units SET unit_index = unit_index + 100", "was ordered, once"),
    (
        """INSERT INTO sponsored_units (line_id, unit_index, funder, order_id, currency,
            amount_minor, tax_minor, tax_rate_bps)
        SELECT id, 0, 'platform', order_id, 'CNY', 1, 0, 0 FROM order_lines""",
        "funders owe",
    ),
    ("UPDATE invoices SET amount_minor = amount_minor + 1", "an invoice is the sum of its lines"),
    ("DELETE FROM invoice_lines", "an invoice is the sum of its lines"),
    (
        """UPDATE invoice_lines SET line_id = (SELECT n.id FROM order_lines n
            WHERE NOT EXISTS (SELECT FROM invoices i WHERE i.order_id = n.order_id) LIMIT 1)""",
        "states what that merchant sells",
    ),
    (
        """WITH made AS (INSERT INTO merchants (id, code, name)
            VALUES (gen_random_uuid(), 'no-one', 'No one') RETURNING id)
        UPDATE invoices SET merchant_id = made.id FROM made""",
        "states what that merchant sells",
    ),
    (
        """INSERT INTO invoices (id, order_id, member_id, merchant_id, kind, state, title, currency,
            amount_minor, tax_minor, document_number, issued_at)
        SELECT gen_random_uuid(), order_id, member_id, merchant_id, 'blue', 'issued', title,
            currency, amount_minor, tax_minor, 'twice', now() FROM invoices LIMIT 1""",
        "one invoice of an order that stands",
    ),
    (
        "UPDATE invoices SET amount_minor = 100000000",
        "within what was paid without gift cards",
    ),
    (
        "UPDATE invoices SET kind = 'red', reverses_id = id",
        "takes back a blue one of its order",
    ),
    ("UPDATE cost_bookings SET amount_minor = amount_minor + 1", "what cost accounts moved"),
    ("UPDATE order_lines SET unit_cost_minor = unit_cost_minor + 1", "gifts cost what"),
    (
        """INSERT INTO gift_returns (line_id, unit_index, refund_number)
        SELECT u.line_id, u.unit_index, 'R' FROM earned_units u
        JOIN order_lines l ON l.id = u.line_id WHERE l.is_gift""",
        "gifts cost what",
    ),
    ("ALTER TABLE gift_returns DISABLE TRIGGER gift_returns_append_only", "refuses changes"),
    ("UPDATE manual_journal_lines SET amount_minor = 2 * amount_minor", "agreed to them"),
    ("UPDATE manual_journals SET drafted_by = settled_by WHERE state = 'posted'", "agreed to"),
    ("UPDATE manual_journals SET state = 'posted' WHERE state = 'drafted'", "agreed to them"),
    ("DELETE FROM manual_journals WHERE reverses_id IS NOT NULL", "is reversed once"),
    ("UPDATE manual_journals SET reversed_at = NULL", "is reversed once"),
    (
        "UPDATE manual_journal_lines SET account = 'bank:other' WHERE amount_minor > 0",
        "by its opposite",
    ),
    (
        "UPDATE ledger_accounts SET kind = 'coupon_receivable' WHERE kind = 'gateway_fee'",
        "moves what funders owe",
    ),
    (
        "ALTER TABLE manual_journals DISABLE TRIGGER manual_journals_settled",
        "refuses changes",
    ),
    ("UPDATE cost_budget_warnings SET spent_minor = 0", "warns of what it had reached"),
    (
        "UPDATE cost_budget_warnings SET amount_minor = amount_minor + 1",
        "warns of what it had reached",
    ),
    (
        "ALTER TABLE cost_budget_warnings DISABLE TRIGGER cost_budget_warnings_append_only",
        "refuses changes",
    ),
    (
        """INSERT INTO cost_bookings (key, centre, kind, subject, order_id, currency, amount_minor)
        SELECT 'x', 'unassigned', 'promotion', 'y', id, 'CNY', -1 FROM orders LIMIT 1""",
        "taken back than was booked",
    ),
]
