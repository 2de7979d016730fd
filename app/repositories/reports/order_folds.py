"""What orders came to by the hour, folded from the orders themselves: the one definition."""

from typing import Final

FACTS: Final = (
    *("carts", "placed", "paid", "cancelled", "completed", "shipped", "refunds", "returned"),
    "converted",
    *("units", "list_minor", "discount_minor", "net_minor", "paid_minor", "refunded_minor"),
    *("pay_seconds", "ship_seconds"),
)
"""What is added up. Seconds are whole ones from placing to paying, and to the first parcel.

`converted` are orders that were a cart before.
"""
KEYS: Final = ("hour_at", "kind", "channel_id", "currency", "of_id")
_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"

# What merchants and products have of an order; gifts count as pieces and cost nothing.
_PART = """
    SELECT {of} AS of_id, sum(l.quantity) AS units,
           coalesce(sum(l.list_minor * l.quantity) FILTER (WHERE NOT l.is_gift), 0) AS list_minor,
           coalesce(sum(l.list_minor * l.quantity - l.net_minor) FILTER (WHERE NOT l.is_gift), 0)
               AS discount_minor,
           sum(l.net_minor) AS net_minor
    FROM order_lines l WHERE l.order_id = o.id GROUP BY 1
"""
_WHOLE = f"""
    SELECT {_NOBODY} AS of_id, sum(l.quantity) AS units, o.list_minor,
           o.price_saving_minor + o.discount_minor + o.shipping_discount_minor AS discount_minor,
           o.payable_minor AS net_minor
    FROM order_lines l WHERE l.order_id = o.id
"""


def _happened(spans: bool) -> str:
    """Everything that happened to orders: what, in which hour, after how many seconds."""

    def entry(what: str, at: str, source: str, more: str = "", seconds: str = "0") -> str:
        hour, span = f"date_trunc('hour', {at}, 'UTC')", f"{at} IS NOT NULL"
        if spans:
            source += f" JOIN spans s ON {at} >= s.at AND {at} < s.at + interval '1 hour'"
            hour, span = "s.at", "true"
        took = f"greatest(0, extract(epoch FROM {seconds}))::bigint" if seconds != "0" else "0"
        amount = "r.amount_minor" if what == "refunded" else "0"
        return (
            f"SELECT {hour} AS hour_at, o.id AS order_id, '{what}' AS what, {took} AS seconds,"
            f" {amount} AS amount_minor FROM {source} WHERE {span} {more}"
        )

    return " UNION ALL ".join(
        (
            entry("placed", "o.created_at", "orders o"),
            entry("paid", "o.paid_at", "orders o", seconds="o.paid_at - o.created_at"),
            entry("cancelled", "o.cancelled_at", "orders o"),
            entry("completed", "o.completed_at", "orders o"),
            entry(
                "shipped",
                "p.shipped_at",
                "shipments p JOIN orders o ON o.id = p.order_id",
                "AND NOT EXISTS (SELECT FROM shipments x WHERE x.order_id = p.order_id"
                " AND (x.shipped_at, x.id) < (p.shipped_at, p.id))",
                "p.shipped_at - coalesce(o.paid_at, o.created_at)",
            ),
            entry("refunded", "r.succeeded_at", "refunds r JOIN orders o ON o.id = r.order_id"),
        )
    )


def _folded(kind: str, part: str) -> str:
    def count(what: str, more: str = "") -> str:
        return f"count(*) FILTER (WHERE h.what = '{what}'{more})"

    def total(expression: str, what: str) -> str:
        return f"coalesce(sum({expression}) FILTER (WHERE h.what = '{what}'), 0)"

    is_all = kind == "all"
    converted = count("placed", " AND o.cart_id IS NOT NULL") if is_all else "0"
    return f"""
    SELECT h.hour_at, '{kind}' AS kind, o.channel_id, o.currency, p.of_id, 0 AS carts,
        {count("placed")} AS placed, {count("paid")} AS paid, {count("cancelled")} AS cancelled,
        {count("completed")} AS completed, {count("shipped")} AS shipped,
        {count("refunded")} AS refunds,
        count(*) FILTER (WHERE h.what = 'placed'
            AND o.return_status IN ('partly_returned', 'returned')) AS returned,
        {converted} AS converted,
        {total("p.units", "placed")} AS units, {total("p.list_minor", "placed")} AS list_minor,
        {total("p.discount_minor", "placed")} AS discount_minor,
        {total("p.net_minor", "placed")} AS net_minor,
        {total("p.net_minor", "paid")} AS paid_minor,
        {total("h.amount_minor", "refunded")} AS refunded_minor,
        {total("h.seconds", "paid")} AS pay_seconds, {total("h.seconds", "shipped")} AS ship_seconds
    FROM happened h JOIN orders o ON o.id = h.order_id AND o.kind = 'sale' CROSS JOIN LATERAL (
        {part}) p
    {"" if is_all else "WHERE h.what <> 'refunded'"}
    GROUP BY 1, 3, 4, 5
    """


def fold(*, spans: bool) -> str:
    """Rows of `order_hours` as the orders have them: of every hour, or of those in `spans(at)`.

    Only sales are added up: what is given away is no volume and no amount.
    """
    hour = "s.at" if spans else "date_trunc('hour', c.created_at, 'UTC')"
    within = (
        "JOIN spans s ON c.created_at >= s.at AND c.created_at < s.at + interval '1 hour'"
        if spans
        else ""
    )
    zeros = ", ".join(f"0 AS {name}" for name in FACTS[1:])
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in FACTS)
    return f"""
    SELECT {", ".join(KEYS)}, {sums} FROM (
        WITH happened AS MATERIALIZED ({_happened(spans)})
        {_folded("all", _WHOLE)}
        UNION ALL {_folded("merchant", _PART.format(of="l.merchant_id"))}
        UNION ALL {_folded("product", _PART.format(of="l.spu_id"))}
        UNION ALL
        SELECT {hour} AS hour_at, 'all' AS kind, c.channel_id, c.currency, {_NOBODY} AS of_id,
            count(*) AS carts, {zeros}
        FROM carts c {within} GROUP BY 1, 3, 4) f
    GROUP BY {", ".join(KEYS)}
    """


def touched(orders: str, refunds: str, carts: str) -> str:
    """Hours in which something happened to these orders, refunds or carts (conditions)."""
    return f"""
    SELECT DISTINCT date_trunc('hour', e.at, 'UTC') AS at FROM (
        SELECT x.at FROM orders o CROSS JOIN LATERAL (
            VALUES (o.created_at), (o.paid_at), (o.cancelled_at), (o.completed_at)) x (at)
        WHERE {orders}
        UNION ALL SELECT p.shipped_at FROM orders o JOIN shipments p ON p.order_id = o.id
        WHERE {orders}
        UNION ALL SELECT r.succeeded_at FROM orders o JOIN refunds r ON r.order_id = o.id
        WHERE {orders}
        UNION ALL SELECT r.succeeded_at FROM refunds r WHERE {refunds}
        UNION ALL SELECT c.created_at FROM carts c WHERE {carts}) e
    WHERE e.at IS NOT NULL
    """
