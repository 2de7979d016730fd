"""Invariants of webhooks to merchants: nothing that concerns one is left out."""

from app.repositories.reports.audit import Invariant

NAMED = (
    "catalog.product_moved.v1",
    "invoice.issued.v1",
    "merchants.api_key_exposed.v1",
    "orders.replacement_shipped.v1",
    "orders.return_inspected.v1",
    "orders.return_moved.v1",
    "orders.shipment_moved.v1",
    "orders.shipped.v1",
)
"""Messages that name the merchant they concern."""

WEBHOOKS = (
    Invariant(
        "a merchant's events are numbered without gaps",
        """
        SELECT f.merchant_id, f.last_position, e.last, e.first, e.kept
        FROM webhook_feeds f JOIN (
            SELECT merchant_id, max(position) AS last, min(position) AS first, count(*) AS kept
            FROM webhook_events GROUP BY 1) e USING (merchant_id)
        WHERE e.last <> f.last_position OR e.kept <> e.last - e.first + 1
        """,
    ),
    Invariant(
        "an event has a delivery for each endpoint that wanted it",
        """
        SELECT e.id, e.told_to, count(d.event_id) AS deliveries
        FROM webhook_events e LEFT JOIN webhook_deliveries d ON d.event_id = e.id
        GROUP BY e.id, e.told_to HAVING count(d.event_id) < e.told_to
        """,
    ),
    # A feed may be opened while a message of before is being delivered.
    Invariant(
        "what concerns a merchant that listens is in its feed",
        f"""
        SELECT m.id, m.name FROM outbox m
        JOIN webhook_feeds f ON f.merchant_id = (m.payload ->> 'merchant_id')::uuid
        LEFT JOIN webhook_events e ON e.merchant_id = f.merchant_id AND e.message_id = m.id
        WHERE m.state = 'delivered' AND m.name IN ('{"', '".join(NAMED)}')
          AND m.delivered_at > f.opened_at + interval '5 minutes' AND e.id IS NULL
        """,
    ),
    Invariant(
        "a delivery is of an event of its endpoint's merchant, in its place",
        """
        SELECT d.endpoint_id, d.event_id
        FROM webhook_deliveries d LEFT JOIN webhook_events e ON e.id = d.event_id
        LEFT JOIN webhook_endpoints w ON w.id = d.endpoint_id
        WHERE e.merchant_id IS DISTINCT FROM w.merchant_id OR e.position <> d.position
           OR e.ordering_key <> d.ordering_key
        """,
    ),
    Invariant(
        "what is due at an endpoint that answers is sent",
        """
        SELECT d.endpoint_id, d.event_id, d.next_attempt_at
        FROM webhook_deliveries d JOIN webhook_endpoints w ON w.id = d.endpoint_id
        JOIN merchants m ON m.id = w.merchant_id AND m.is_active
        WHERE d.state = 'pending' AND d.next_attempt_at < now() - interval '30 minutes'
          AND w.state = 'active' AND w.deleted_at IS NULL AND w.failing_since IS NULL
          AND w.updated_at < now() - interval '30 minutes'
          AND NOT EXISTS (
            SELECT FROM webhook_deliveries earlier
            WHERE earlier.endpoint_id = d.endpoint_id AND earlier.state = 'pending'
              AND earlier.ordering_key = d.ordering_key AND earlier.position < d.position)
        """,
    ),
)
