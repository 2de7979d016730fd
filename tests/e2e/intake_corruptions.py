"""Corruptions of orders that marketplaces sent in, and the invariant each breaks."""

_PAID = "SELECT p.order_id FROM payment_plans p WHERE p.state = 'paid' LIMIT 1"

INTAKE_CORRUPTIONS = [
    (
        f"UPDATE orders SET source = 'marketplace', reference = 'tmall:1' WHERE id IN ({_PAID})",
        "is what was sent in",
    ),
    (
        "UPDATE tenders SET kind = 'marketplace', channel = 'tmall' WHERE state = 'captured'",
        "owe what their buyers paid",
    ),
]
