"""Corruptions of delivery, and the invariant each breaks."""

_SLOT = """
    INSERT INTO delivery_slots
        (id, merchant_id, method, starts_at, ends_at, orders_until, capacity, taken)
    SELECT gen_random_uuid(), id, 'same_city', now(), now() + interval '1 hour', now(), 2, 1
    FROM merchants LIMIT 1
"""

DELIVERY_CORRUPTIONS = [
    (_SLOT, "have a place in it"),
    (
        (
            "UPDATE orders SET delivery = delivery ||"
            """ '{"freight": [{"fee_minor": 1}, {"fee_minor": 2}]}'"""
        ),
        "pays the freight it keeps",
    ),
]
