"""Hand-made corruptions of refunds, and the invariant each one breaks."""

RETURNED = "(SELECT id FROM refunds LIMIT 1)"
SOLD = (
    "(SELECT p.order_id, p.member_id FROM payment_plans p JOIN orders o ON o.id = p.order_id"
    " WHERE p.state = 'paid' LIMIT 1)"
)

REFUND_CORRUPTIONS = [
    ("DELETE FROM refund_cells", "cells of a refund sum"),
    ("UPDATE refund_cells SET quantity = quantity + 1", "cells of a refund sum"),
    ("UPDATE refund_cells SET amount_minor = amount_minor + 1", "gives back no more than it cost"),
    ("UPDATE refund_cells SET line_id = NULL, first_index = 0", "shipping fee is given back once"),
    ("UPDATE refund_units SET unit_index = unit_index + 99", "by a refund that stands"),
    ("UPDATE refunds SET state = 'rejected'", "by a refund that stands"),
    (
        (
            "INSERT INTO refund_tenders (id, refund_id, tender_id, member_id, amount_minor, points,"
            f" state) SELECT gen_random_uuid(), {RETURNED}, id, member_id, 1, 1, 'succeeded'"
            " FROM tenders WHERE kind = 'points' LIMIT 1"
        ),
        "in step with the money",
    ),
    (
        (
            "INSERT INTO points_debts (member_id, currency, quantity)"
            " SELECT member_id, 'CNY', 5 FROM refunds LIMIT 1"
        ),
        "what is owed of points",
    ),
    (
        (
            "INSERT INTO points_earnings (order_id, member_id, currency, eligible_minor, per_minor,"
            " point_value_minor, returned_minor, clawed_back)"
            f" SELECT order_id, member_id, 'CNY', 100, 10, 1, 50, 5 FROM {SOLD} sold"
        ),
        "no longer earns",
    ),
    (
        "UPDATE refund_tenders SET points_withheld_minor = 1 WHERE points IS NULL",
        "lack what the points are worth",
    ),
    (
        "UPDATE refund_tenders SET out_trade_no = 'another' WHERE refund_id IS NOT NULL",
        "names the payment that paid",
    ),
    ("UPDATE refund_tenders SET state = 'failed'", "gateways still have to give back"),
    (
        (
            "INSERT INTO payment_disputes (id, order_id, plan_id, member_id, channel, reference,"
            " currency, amount_minor, state, reason, opened_by, closed_at, refund_id)"
            " SELECT gen_random_uuid(), order_id, plan_id, member_id, 'sandbox', 'D-1', currency,"
            " amount_minor, 'lost', 'x', 'x', now(), id FROM refunds LIMIT 1"
        ),
        "a lost dispute is a refund",
    ),
    ("UPDATE refunds SET state = 'waiting'", "nothing waits for a second person"),
]
