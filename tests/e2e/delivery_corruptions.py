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
        "pays the freight it was placed with",
    ),
    (
        (
            "UPDATE orders SET shipping_minor = 1000, payable_minor = payable_minor + 1000,"
            """ priced_with = priced_with || '{"shipping_tax_rate_bps": 600}'"""
        ),
        "of shipping at the rate it keeps",
    ),
]
