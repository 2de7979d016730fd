"""JSON documents of orders, built by PostgreSQL: one statement, no rows in between."""

from app.repositories.kits import promised
from app.repositories.payments.shipping import HOLDS
from app.repositories.pictures import picture

_UNITS = """
(SELECT coalesce(json_agg(json_build_object(
     'first_index', u.first_index, 'count', u.count, 'list_minor', u.list_minor,
     'price_minor', u.price_minor, 'price_kind', u.price_kind, 'net_minor', u.net_minor,
     'tax_minor', u.tax_minor, 'discounts', u.discounts) ORDER BY u.first_index), '[]')
 FROM order_units u WHERE u.line_id = l.id)
"""

# What goods look like now, and where: an order keeps neither, and what is sold no more has no page.
_SHOWN = f"""
'image_url', {picture("l.spu_id", "l.sku_id")},
'slug', (SELECT y.slug FROM spus y WHERE y.id = l.spu_id AND y.status = 'on_sale')
"""

_LINE = f"""
json_build_object({_SHOWN},
    'id', l.id, 'position', l.position, 'spu_id', l.spu_id, 'sku_id', l.sku_id,
    'merchant_id', l.merchant_id, 'sku_code', l.sku_code, 'name', l.name, 'options', l.options,
    'quantity', l.quantity, 'list_minor', l.list_minor, 'goods_minor', l.goods_minor,
    'discount_minor', l.discount_minor, 'net_minor', l.net_minor, 'tax_minor', l.tax_minor,
    'tax_rate_bps', l.tax_rate_bps, 'note', l.note, 'is_gift', l.is_gift,
    'promotion_id', l.promotion_id, 'exchange_offer_id', l.exchange_offer_id,
    'exchange_points', l.exchange_points, 'bargain_id', l.bargain_id,
    'agreed', CASE WHEN l.agreed_reason IS NOT NULL THEN json_build_object(
        'reason', l.agreed_reason, 'source', l.agreed_source, 'approver', l.agreed_approver) END,
    'components', {promised("'order:' || l.order_id", "l.sku_id")},
    'units', {_UNITS})
"""

_LINES = f"""
(SELECT coalesce(json_agg({_LINE} ORDER BY l.position), '[]')
 FROM order_lines l WHERE l.order_id = o.id)
"""

_FULFILMENT_ROWS = """
SELECT coalesce(json_agg(json_build_object(
     'id', f.id, 'number', f.number, 'merchant_id', f.merchant_id,
     'warehouse_id', f.warehouse_id, 'kind', f.kind, 'status', f.status,
     'waits', (SELECT h.data FROM order_holds h
               WHERE h.order_id = o.id AND h.kind = 'backorder' AND h.lifted_at IS NULL
                 AND h.reference = CAST(f.id AS varchar)),
     'lines', (SELECT json_agg(json_build_object(
                   'order_line_id', x.order_line_id, 'sku_id', coalesce(x.sku_id, l.sku_id),
                   'quantity', x.quantity, 'cancelled', x.cancelled, 'shipped', x.shipped)
                   ORDER BY x.order_line_id)
               FROM fulfilment_lines x JOIN order_lines l ON l.id = x.order_line_id
               WHERE x.fulfilment_id = f.id)) ORDER BY f.id), '[]')
FROM fulfilments f WHERE f.order_id = o.id
"""

# Parcels that were voided never left and are nobody's business.
_SHIPMENT_ROWS = """
SELECT coalesce(json_agg(json_build_object(
     'number', s.number, 'merchant_id', s.merchant_id, 'state', s.state,
     'carrier_code', s.carrier_code, 'carrier_name', c.name, 'carrier_name_zh', c.name_zh,
     'carrier_phone', c.phone, 'tracking_number', coalesce(s.tracking_number, j.tracking_number),
     'tracking_url', replace(c.tracking_url, '{number}',
                             coalesce(s.tracking_number, j.tracking_number)),
     'estimated_at', s.estimated_at, 'shipped_at', s.shipped_at, 'delivered_at', s.delivered_at,
     'lines', (SELECT json_agg(json_build_object(
                   'order_line_id', x.order_line_id, 'sku_id', coalesce(y.sku_id, l.sku_id),
                   'quantity', x.quantity) ORDER BY l.position)
               FROM shipment_lines x JOIN order_lines l ON l.id = x.order_line_id
               JOIN fulfilment_lines y ON y.fulfilment_id = s.fulfilment_id
                   AND y.order_line_id = x.order_line_id
               WHERE x.shipment_id = s.id),
     'events', (SELECT coalesce(json_agg(json_build_object(
                    'at', e.at, 'state', e.state, 'location', e.location,
                    'description', e.description, 'source', e.source) ORDER BY e.at, e.id), '[]')
                FROM shipment_events e WHERE e.shipment_id = s.id)) ORDER BY s.id), '[]')
FROM shipments s JOIN carriers c ON c.code = s.carrier_code
LEFT JOIN shipments j ON j.id = s.joined_to
WHERE s.order_id = o.id AND s.state <> 'void'
"""

_TENDERS = """
(SELECT coalesce(json_agg(json_build_object(
     'id', t.id, 'position', t.position, 'kind', t.kind, 'amount_minor', t.amount_minor,
     'points', t.points, 'exchange_points', t.exchange_points,
     'gift_card_id', t.gift_card_id, 'channel', t.channel,
     'method', CASE WHEN t.kind = 'gateway' THEN (
         SELECT a.pay_with->>'method' FROM payment_attempts a WHERE a.plan_id = p.id
         ORDER BY a.channel = t.channel DESC, a.state = 'succeeded' DESC, a.id DESC LIMIT 1) END,
     'instalments', t.instalments, 'fee_bearer', t.fee_bearer,
     'state', t.state, 'refunded_minor', t.refunded_minor) ORDER BY t.position), '[]')
 FROM tenders t WHERE t.plan_id = p.id)
"""

_ATTEMPTS = """
(SELECT coalesce(json_agg(json_build_object(
     'id', a.id, 'channel', a.channel, 'method', a.pay_with->>'method',
     'amount_minor', a.amount_minor, 'state', a.state,
     'action', CASE WHEN a.state IN ('created', 'pending') THEN a.action END,
     'expires_at', a.expires_at, 'created_at', a.created_at) ORDER BY a.id), '[]')
 FROM payment_attempts a WHERE a.plan_id = p.id)
"""

_REFUNDS = """
(SELECT coalesce(json_agg(json_build_object(
     'number', r.number, 'amount_minor', r.amount_minor, 'state', r.state, 'reason', r.reason,
     'created_at', r.created_at, 'succeeded_at', r.succeeded_at,
     'tenders', (SELECT json_agg(json_build_object(
                     'tender_id', x.tender_id, 'amount_minor', x.amount_minor,
                     'points_withheld_minor', x.points_withheld_minor, 'points', x.points,
                     'state', x.state) ORDER BY x.id)
                 FROM refund_tenders x WHERE x.refund_id = r.id)) ORDER BY r.id), '[]')
 FROM refunds r WHERE r.plan_id = p.id)
"""

# What another system was paid for has no plan here.
_PAYMENT = f"""
coalesce((SELECT json_build_object(
     'state', p.state, 'payable_minor', p.payable_minor, 'tenders', {_TENDERS},
     'attempts', {_ATTEMPTS}, 'refunds', {_REFUNDS})
 FROM payment_plans p WHERE p.order_id = o.id), json_build_object(
     'state', o.payment_status, 'payable_minor', o.payable_minor, 'tenders', '[]'::json,
     'attempts', '[]'::json, 'refunds', '[]'::json))
"""

_CHARGES = """
(SELECT coalesce(json_agg(json_build_object(
     'id', g.id, 'kind', g.kind, 'state', g.state, 'amount_minor', g.amount_minor,
     'refunded_minor', coalesce((
         SELECT sum(r.amount_minor) FROM refunds r JOIN payment_plans q ON q.id = r.plan_id
         WHERE q.order_id = coalesce(g.added_order_id, g.id)
           AND r.state IN ('pending', 'succeeded')), 0),
     'reason', g.reason, 'added_order_id', g.added_order_id, 'expires_at', g.expires_at,
     'paid_at', g.paid_at, 'settled_at', g.settled_at) ORDER BY g.id), '[]')
 FROM order_charges g WHERE g.order_id = o.id)
"""

_SHIPPING_HOLDS = f"""
(SELECT coalesce(json_agg(h ORDER BY h.case_id), '[]')
 FROM ({HOLDS.format(order_id="o.id")}) h)
"""


def _timeline(*, is_staff: bool) -> str:
    more = ", 'actor', e.actor, 'is_public', e.is_public" if is_staff else ""
    seen = "" if is_staff else "AND e.is_public"
    return f"""
    (SELECT coalesce(json_agg(json_build_object(
         'kind', e.kind, 'at', e.created_at, 'data', e.data{more}) ORDER BY e.id), '[]')
     FROM order_events e WHERE e.order_id = o.id {seen})
    """


HEAD = """
'id', o.id, 'number', o.number, 'channel_id', o.channel_id, 'currency', o.currency,
'kind', o.kind, 'source', o.source, 'reference', o.reference,
'state', o.state, 'payment_status', o.payment_status, 'fulfilment_status', o.fulfilment_status,
'return_status', o.return_status, 'payable_minor', o.payable_minor,
'is_group_buy', coalesce((o.priced_with->'is_group_buy')::boolean, false),
'created_at', o.created_at, 'expires_at', o.expires_at, 'paid_at', o.paid_at,
'cancelled_at', o.cancelled_at, 'cancel_reason', o.cancel_reason,
'received_at', o.received_at, 'completed_at', o.completed_at
"""

TOTALS = """
'totals', json_build_object(
    'list_minor', o.list_minor, 'price_saving_minor', o.price_saving_minor,
    'goods_minor', o.list_minor - o.price_saving_minor,
    'discount_minor', o.discount_minor, 'shipping_minor', o.shipping_minor,
    'shipping_discount_minor', o.shipping_discount_minor, 'tax_minor', o.tax_minor,
    'net_minor', o.list_minor - o.price_saving_minor - o.discount_minor,
    'payable_minor', o.payable_minor)
"""


_MARKS = "'is_gift', o.is_gift, 'gift_message', o.gift_message, 'hides_prices', o.hides_prices"
_SORTED = (
    ", 'member_id', o.member_id, 'cost_centre', o.cost_centre, 'labels', o.labels,"
    " 'priority', o.priority, 'flag', o.flag, 'flag_note', o.flag_note"
)


def detail(*, is_staff: bool) -> str:
    """An order with everything that hangs on it; staff also see who did what, and what holds it."""
    more = (
        f"{_SORTED}, 'version', o.version, 'shipping_holds', {_SHIPPING_HOLDS}" if is_staff else ""
    )
    return f"""
    SELECT json_build_object({HEAD}, {TOTALS}, 'quote_hash', o.quote_hash,
        'address', o.address, 'delivery', o.delivery, 'invoice', o.invoice, 'note', o.note,
        {_MARKS},
        'lines', {_LINES}, 'payment', {_PAYMENT}, 'charges', {_CHARGES},
        'fulfilments', ({_FULFILMENT_ROWS}),
        'shipments', ({_SHIPMENT_ROWS}),
        'timeline', {_timeline(is_staff=is_staff)}, 'quote', o.quote{more})::text
    FROM orders o
    """


def card(*, is_staff: bool) -> str:
    """An order as a list shows it: its axes and what was bought, in short."""
    more = f"{_SORTED}, 'is_gift', o.is_gift" if is_staff else ""
    return f"""json_build_object({HEAD}, 'lines', (
        SELECT coalesce(json_agg(json_build_object({_SHOWN},
            'sku_id', l.sku_id, 'sku_code', l.sku_code, 'name', l.name,
            'quantity', l.quantity, 'net_minor', l.net_minor, 'is_gift', l.is_gift)
            ORDER BY l.position), '[]')
        FROM order_lines l WHERE l.order_id = o.id){more})"""


# What a delivery costs by merchant is nobody else's business.
OWN_DELIVERY = """
CASE WHEN jsonb_typeof(o.delivery->'freight') = 'array' THEN jsonb_set(
    o.delivery, '{{freight}}', coalesce(
        (SELECT jsonb_agg(e) FROM jsonb_array_elements(o.delivery->'freight') e
         WHERE CAST(e->>'merchant_id' AS uuid) = {merchant_id}), '[]'))
ELSE o.delivery END
"""
"""Takes the merchant as an expression."""

# What a merchant sees of an order: its own lines and parcels, where they go, and no payment.
MERCHANT = f"""
json_build_object(
    'id', o.id, 'number', o.number, 'channel_id', o.channel_id, 'currency', o.currency,
    'state', o.state, 'payment_status', o.payment_status, 'created_at', o.created_at,
    'paid_at', o.paid_at, 'address', o.address,
    'delivery', {OWN_DELIVERY.format(merchant_id=":merchant_id")}, 'note', o.note,
    {_MARKS}, 'flag', o.flag,
    'lines', (SELECT coalesce(json_agg({_LINE} ORDER BY l.position), '[]')
              FROM order_lines l WHERE l.order_id = o.id AND EXISTS (
                  SELECT FROM fulfilment_lines x JOIN fulfilments f ON f.id = x.fulfilment_id
                  WHERE x.order_line_id = l.id AND f.merchant_id = :merchant_id)),
    'fulfilments', ({_FULFILMENT_ROWS} AND f.merchant_id = :merchant_id),
    'shipments', ({_SHIPMENT_ROWS} AND s.merchant_id = :merchant_id))
"""
