"""Invariants of delivery: places in slots, and freight that orders pay as it was worked out."""

from app.repositories.reports.audit import Invariant

DELIVERY = (
    Invariant(
        "a slot is taken by the orders that have a place in it",
        """
        SELECT s.id, s.taken, count(u.order_id) AS places
        FROM delivery_slots s
        LEFT JOIN delivery_slot_uses u ON u.slot_id = s.id AND u.released_at IS NULL
        GROUP BY s.id, s.taken HAVING s.taken <> count(u.order_id)
        """,
    ),
    Invariant(
        "an order pays the freight it was placed with, less what promotions take of it",
        """
        SELECT o.number, o.shipping_minor, o.shipping_discount_minor, f.fee
        FROM orders o CROSS JOIN LATERAL (
            SELECT sum((x ->> 'fee_minor')::bigint) AS fee
            FROM jsonb_array_elements(coalesce(
                (SELECT c.before -> 'delivery' FROM order_changes c
                 WHERE c.order_id = o.id AND c.after ? 'delivery' ORDER BY c.id LIMIT 1),
                o.delivery) -> 'freight') x) f
        WHERE f.fee IS NOT NULL AND o.shipping_minor + o.shipping_discount_minor <> f.fee
        """,
    ),
)
