"""Corruptions of reviews, and the invariant each breaks."""

_OPEN = "WHERE state = 'open'"

REVIEW_CORRUPTIONS = [
    ("DELETE FROM order_holds WHERE kind = 'review'", "stands and is held by it"),
    (
        "UPDATE order_holds SET lifted_at = now(), lifted_by = 'x' WHERE kind = 'review'",
        "stands and is held by it",
    ),
    (
        f"UPDATE order_reviews SET state = 'passed', closed_at = now() {_OPEN}",
        "is a review that waits",
    ),
    (
        f"UPDATE order_reviews SET state = 'rejected', closed_at = now() {_OPEN}",
        "rejected has fallen",
    ),
    (
        (
            "UPDATE order_reviews SET state = 'approved', needs_two = true, closed_at = now(),"
            f" closed_by = 'a', first_approved_by = 'a' {_OPEN}"
        ),
        "approved what needed two",
    ),
    (
        (
            "UPDATE fulfilments SET status = 'picking' WHERE order_id IN"
            f" (SELECT order_id FROM order_reviews {_OPEN})"
        ),
        "as far as its fulfilments",
    ),
]
