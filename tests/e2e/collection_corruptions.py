"""Hand-made corruptions of money taken by hand, and the invariant each one breaks."""

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
    (_COLLECTION.format(state="'recorded'", settled_by="NULL"), "cash on its way"),
]
