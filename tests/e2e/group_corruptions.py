"""Corruptions of group orders, and the invariant each breaks."""

_GROUP = (
    "WITH o AS (SELECT * FROM orders ORDER BY id LIMIT 1),"
    " g AS (INSERT INTO group_orders (id, number, member_id, channel_id, title, contract, reason,"
    " prices, payment, created_by) SELECT o.id, 'G1', o.member_id, o.channel_id, 't', 'C', 'r',"
    " jsonb_build_object(l.sku_code, u.price_minor + 1), 'balance', 'x' FROM o"
    " JOIN order_lines l ON l.order_id = o.id JOIN order_units u ON u.line_id = l.id LIMIT 1),"
    " r AS (INSERT INTO group_order_rows (group_id, position, content, faults, state, order_id)"
    " SELECT id, 2, '{}', '[]', 'placed', id FROM o),"
    " l AS (UPDATE order_lines SET agreed_reason = 'r', agreed_source = 'contract:C'"
    " FROM o WHERE order_id = o.id)"
    " UPDATE orders SET source = 'group', reference = 'G1/' FROM o WHERE orders.id = o.id"
)

# Two pieces are held for a row that wants one.
_HELD = (
    "WITH o AS (SELECT o.member_id, o.channel_id, l.sku_id, l.sku_code FROM orders o"
    " JOIN order_lines l ON l.order_id = o.id ORDER BY o.id LIMIT 1),"
    " g AS (INSERT INTO group_orders (id, number, member_id, channel_id, title, contract, reason,"
    " prices, payment, created_by, hold_id, held_until) SELECT gen_random_uuid(), 'G1', member_id,"
    " channel_id, 't', 'C', 'r', '{}', 'balance', 'x', gen_random_uuid(), now() + interval '1 day'"
    " FROM o RETURNING id, hold_id),"
    " r AS (INSERT INTO group_order_rows (group_id, position, content, faults, state, is_held)"
    " SELECT g.id, 2, jsonb_build_object('goods', jsonb_build_array(jsonb_build_object("
    "'sku', o.sku_code, 'quantity', 1))), '[]', 'ready', true FROM g, o)"
    " INSERT INTO reservations (id, owner, member_id, sku_id, warehouse_id, quantity, state,"
    " expires_at) SELECT gen_random_uuid(), 'group:' || g.hold_id, o.member_id, o.sku_id,"
    " (SELECT id FROM warehouses LIMIT 1), 2, 'held', now() + interval '1 day' FROM g, o"
)

_PAID_ELSEWHERE = (
    "INSERT INTO collections (id, order_id, plan_id, tender_id, member_id, kind, amount_minor,"
    " currency, reference, recorded_by, state, settled_by, settled_at, group_id)"
    " SELECT gen_random_uuid(), p.order_id, p.id, t.id, p.member_id, 'bank_transfer', 1, 'CNY',"
    " 'G9/9', 'a', 'confirmed', 'b', now(), gen_random_uuid()"
    " FROM payment_plans p JOIN tenders t ON t.plan_id = p.id LIMIT 1"
)

_COUNTED_TWICE = (
    "WITH g AS (INSERT INTO group_orders (id, number, member_id, channel_id, title, contract,"
    " reason, prices, payment, created_by) SELECT gen_random_uuid(), 'G1', member_id, channel_id,"
    " 't', 'C', 'r', '{}', 'bank_transfer', 'x' FROM orders LIMIT 1 RETURNING id),"
    " s AS (INSERT INTO group_transfers (id, group_id, kind, amount_minor, reference, recorded_by)"
    " SELECT gen_random_uuid(), id, 'received', 1, '8812', 'a' FROM g)"
    " INSERT INTO collections (id, order_id, plan_id, tender_id, member_id, kind, amount_minor,"
    " currency, reference, recorded_by) SELECT gen_random_uuid(), p.order_id, p.id, t.id,"
    " p.member_id, 'bank_transfer', 1, 'CNY', '8812', 'a'"
    " FROM payment_plans p JOIN tenders t ON t.plan_id = p.id LIMIT 1"
)

GROUP_CORRUPTIONS = [
    (_GROUP.replace("'G1/'", "'G1/3'"), "that of one of its rows"),
    (_GROUP.replace("'G1/'", "'G1/2'"), "cost what its contract says"),
    (_HELD, "what its held rows want"),
    (
        _HELD.replace(
            "hold_id, held_until) SELECT gen_random_uuid()",
            "hold_id, held_until, deposit_minor) SELECT gen_random_uuid()",
        ).replace("interval '1 day' FROM o RETURNING", "interval '1 day', 7 FROM o RETURNING"),
        "what companies sent",
    ),
    (_PAID_ELSEWHERE, "pays orders of that group"),
    (_COUNTED_TWICE, "counts for a group or for a single order"),
]
