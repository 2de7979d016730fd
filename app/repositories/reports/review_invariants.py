"""Invariants of reviews: what waits is held, what is rejected has fallen."""

from app.repositories.reports.audit import Invariant

REVIEWS = (
    Invariant(
        "an order that waits for its review stands and is held by it",
        """
        SELECT o.number, o.state, v.state AS review
        FROM order_reviews v JOIN orders o ON o.id = v.order_id
        WHERE v.state IN ('due', 'open', 'claimed', 'second')
          AND (v.is_holding OR v.state <> 'due')
          AND (o.state NOT IN ('open', 'cancelling')
               OR o.fulfilment_status NOT IN ('unfulfilled', 'cancelled')
               OR NOT EXISTS (
                   SELECT FROM order_holds h WHERE h.order_id = o.id AND h.kind = 'review'
                     AND h.reference = CAST(v.id AS varchar) AND h.lifted_at IS NULL))
        """,
    ),
    Invariant(
        "what holds an order for review is a review that waits",
        """
        SELECT h.order_id, h.reference FROM order_holds h
        WHERE h.kind = 'review' AND h.lifted_at IS NULL AND NOT EXISTS (
            SELECT FROM order_reviews v
            WHERE v.order_id = h.order_id AND CAST(v.id AS varchar) = h.reference
              AND v.state IN ('due', 'open', 'claimed', 'second'))
        """,
    ),
    Invariant(
        "an order that was rejected has fallen",
        """
        SELECT o.number, o.state, o.payment_status
        FROM order_reviews v JOIN orders o ON o.id = v.order_id
        WHERE v.state = 'rejected' AND o.state NOT IN ('cancelling', 'cancelled')
        """,
    ),
    Invariant(
        "two people approved what needed two",
        """
        SELECT id, first_approved_by, closed_by FROM order_reviews
        WHERE state = 'approved' AND needs_two
          AND coalesce(first_approved_by, closed_by) IS NOT DISTINCT FROM closed_by
        """,
    ),
)
