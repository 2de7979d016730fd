"""Corruptions of the history of changes, and the invariant each breaks."""

_CHANGED = "id IN (SELECT order_id FROM order_changes)"
_GIVEN_BACK = "refund_id IN (SELECT refund_id FROM order_changes)"
_TAKEN_OFF = "(SELECT (pieces -> 0 ->> 'line_id')::uuid FROM order_changes WHERE pieces <> '[]')"

CHANGE_CORRUPTIONS = [
    (f"UPDATE orders SET note = 'else' WHERE {_CHANGED}", "what its last changes made"),
    ('UPDATE order_changes SET before = \'{"note": "else"}\'', "what the one before it made"),
    ("UPDATE order_changes SET before = after WHERE after <> '{}'", "what the one before it made"),
    (
        (
            "UPDATE order_changes SET pieces = jsonb_set(pieces, '{0,quantity}', '2')"
            " WHERE pieces <> '[]'"
        ),
        "takes off are given back",
    ),
    (f"DELETE FROM refund_units WHERE {_GIVEN_BACK}", "takes off are given back"),
    (
        f"UPDATE fulfilment_lines SET cancelled = 0 WHERE order_line_id IN {_TAKEN_OFF}",
        "takes off are given back",
    ),
    (
        "UPDATE order_changes SET pieces = '[]' WHERE after -> 'lines' IS NOT NULL",
        "what its lines have less",
    ),
    (
        "UPDATE payment_attempts SET amount_minor = amount_minor + 1 WHERE state = 'pending'",
        "take what its tender is",
    ),
    (
        (
            "UPDATE tenders SET kind = 'balance' WHERE plan_id IN"
            " (SELECT id FROM payment_plans WHERE state = 'awaiting')"
        ),
        "nobody pays from outside",
    ),
]
