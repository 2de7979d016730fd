"""Invariants of group orders: each recipient has one order, at what the contract says."""

from app.repositories.reports.audit import Invariant

GROUPS = (
    Invariant(
        "an order of a group is that of one of its rows",
        """
        SELECT o.number, o.reference, g.number AS group_number, r.position
        FROM orders o
        LEFT JOIN group_order_rows r ON r.order_id = o.id
        LEFT JOIN group_orders g ON g.id = r.group_id
        WHERE (g.id IS NOT NULL AND (o.source <> 'group' OR o.member_id <> g.member_id
               OR o.reference IS DISTINCT FROM g.number || '/' || r.position))
           OR (g.id IS NULL AND o.source = 'group' AND EXISTS (
               SELECT FROM group_orders x WHERE o.reference LIKE x.number || '/%'))
        """,
    ),
    Invariant(
        "orders of a group cost what its contract says",
        """
        SELECT g.number, r.position, l.sku_code, u.price_minor
        FROM group_orders g JOIN group_order_rows r ON r.group_id = g.id
        JOIN order_lines l ON l.order_id = r.order_id
        JOIN order_units u ON u.line_id = l.id
        WHERE l.agreed_source = 'contract:' || g.contract
          AND u.price_minor IS DISTINCT FROM (g.prices ->> l.sku_code)::bigint
        """,
    ),
)
