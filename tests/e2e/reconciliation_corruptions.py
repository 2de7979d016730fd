"""What could go wrong with reconciliation, each with words of the invariant that has to say so."""

RECONCILIATION_CORRUPTIONS = [
    ("DELETE FROM statement_lines WHERE verdict = 'matched'", "has all its lines"),
    ("UPDATE statement_files SET lines = lines + 1", "has all its lines"),
    (
        "UPDATE statement_files SET superseded_at = now() WHERE lines > 0",
        "superseded statement has one in its place",
    ),
    (
        "UPDATE statement_lines SET amount_minor = amount_minor + 1 WHERE verdict = 'matched'",
        "matched agrees with our books",
    ),
    (
        """UPDATE payment_receipts r SET amount_minor = r.amount_minor + 1 FROM statement_lines l
        WHERE l.receipt_id = r.id AND l.verdict = 'matched'""",
        "matched agrees with our books",
    ),
    ("DELETE FROM reconciliation_cases", "every difference has a case"),
    (
        "UPDATE statement_lines SET gross_minor = gross_minor + 1 WHERE is_settled",
        "settlements are the lines",
    ),
    ("UPDATE statement_lines SET is_settled = false", "settlements are the lines"),
    ("UPDATE statement_lines SET fee_minor = fee_minor + 1", "fees are those of settled lines"),
    (
        "UPDATE reconciliation_cases SET theirs_minor = theirs_minor + 1",
        "corrections book the differences",
    ),
    ("UPDATE reconciliation_cases SET resolved_by = proposed_by", "of two people"),
    (
        "UPDATE reconciliation_cases SET state = 'open', resolution = NULL, resolved_at = NULL",
        "signed day has no open case",
    ),
]
