"""Corruptions of money taken by hand and promised points, and the invariant each breaks."""

_COLLECTION = (
    "INSERT INTO collections (id, order_id, plan_id, tender_id, member_id, kind, amount_minor,"
    " currency, reference, recorded_by, state, settled_by)"
    " SELECT gen_random_uuid(), p.order_id, p.id, t.id, p.member_id, 'cash_on_delivery', 100,"
    " 'CNY', 'r-1', 'admin:1', {state}, {settled_by} FROM payment_plans p"
    " JOIN tenders t ON t.plan_id = p.id WHERE p.state = 'paid' LIMIT 1"
)

COLLECTION_CORRUPTIONS = [
    (
        "UPDATE tenders SET kind = 'cash_on_delivery' WHERE kind = 'gateway'",
        "captured with one collection",
    ),
    (
        _COLLECTION.format(state="'confirmed'", settled_by="'admin:1'"),
        "seen by two people",
    ),
    (
        (
            "INSERT INTO pending_points (id, member_id, currency, source, quantity, available_at,"
            " state) SELECT gen_random_uuid(), member_id, 'CNY', 'promise:1', 5, now(), 'granted'"
            " FROM payment_plans LIMIT 1"
        ),
        "promised points are granted once",
    ),
    (_COLLECTION.format(state="'recorded'", settled_by="NULL"), "cash on its way"),
]
