"""Corruptions of what leaves, and the invariant each breaks."""

SHIPPING_CORRUPTIONS = [
    ("UPDATE reservations SET quantity = quantity + 1", "fulfilments ship"),
    ("UPDATE reservations SET shipped = 0, quantity = quantity - shipped", "fulfilments ship"),
    (
        "UPDATE fulfilment_lines SET cancelled = 1 WHERE shipped > 0 AND shipped < quantity",
        "fulfilments ship",
    ),
    ("DELETE FROM stock_movements WHERE kind = 'shipment'", "left the stock left for an order"),
    ("UPDATE shipment_lines SET quantity = quantity + 1", "fulfilment packed"),
    ("UPDATE shipments SET state = 'prepared', shipped_at = NULL", "fulfilment packed"),
    ("DELETE FROM shipment_lines", "every parcel holds something"),
    (
        "UPDATE fulfilments SET status = 'shipped' WHERE status = 'partly_shipped'",
        "as far as its lines and parcels",
    ),
    (
        (
            "UPDATE orders SET fulfilment_status = 'unfulfilled'"
            " WHERE fulfilment_status = 'partly_shipped'"
        ),
        "as far as its fulfilments",
    ),
    ("UPDATE orders SET state = 'completed' WHERE state = 'open'", "one after the other"),
    ("UPDATE orders SET review_due_at = now() WHERE received_at IS NULL", "is asked once"),
]
