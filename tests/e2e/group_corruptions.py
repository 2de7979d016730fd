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

GROUP_CORRUPTIONS = [
    (_GROUP.replace("'G1/'", "'G1/3'"), "that of one of its rows"),
    (_GROUP.replace("'G1/'", "'G1/2'"), "cost what its contract says"),
]
