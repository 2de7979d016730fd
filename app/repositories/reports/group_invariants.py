"""Invariants of group orders: each recipient has one order, at what the contract says."""

from app.repositories.reports.audit import Invariant

GROUPS = (
    Invariant(
        "what companies sent is what their orders took, what went back and what is left",
        """
        WITH sent AS (
            SELECT group_id, sum(CASE kind WHEN 'received' THEN amount_minor
                                 ELSE -amount_minor END) AS minor
            FROM group_transfers WHERE state = 'confirmed' GROUP BY 1),
        taken AS (
            SELECT group_id, sum(amount_minor) AS minor FROM collections
            WHERE group_id IS NOT NULL GROUP BY 1),
        booked AS (
            SELECT owner_id AS group_id, sum(balance_minor) AS minor FROM ledger_accounts
            WHERE kind = 'group_deposit' GROUP BY 1)
        SELECT g.number, sent.minor AS sent, taken.minor AS taken, g.deposit_minor,
               booked.minor AS booked
        FROM group_orders g LEFT JOIN sent ON sent.group_id = g.id
        LEFT JOIN taken ON taken.group_id = g.id LEFT JOIN booked ON booked.group_id = g.id
        WHERE g.deposit_minor <> coalesce(sent.minor, 0) - coalesce(taken.minor, 0)
           OR g.deposit_minor <> coalesce(booked.minor, 0)
        """,
    ),
    Invariant(
        "the deposit of a group pays orders of that group",
        """
        SELECT c.id, c.group_id, c.order_id FROM collections c
        WHERE c.group_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM group_order_rows r
            WHERE r.group_id = c.group_id AND r.order_id = c.order_id)
        """,
    ),
    Invariant(
        "a bank's number counts for a group or for a single order",
        """
        SELECT t.reference, t.group_id, c.order_id FROM group_transfers t
        JOIN collections c ON c.kind = 'bank_transfer' AND c.reference = t.reference
        WHERE t.state <> 'rejected' AND c.state <> 'rejected' AND c.group_id IS NULL
        """,
    ),
    Invariant(
        "an order of a group is that of one of its rows",
        """
        SELECT o.number, o.reference, g.number AS group_number, r.position
        FROM orders o
        LEFT JOIN group_order_rows r ON r.order_id = o.id
        LEFT JOIN group_orders g ON g.id = r.group_id
        WHERE (g.id IS NOT NULL AND (o.source <> 'group' OR o.member_id <> g.member_id
               OR o.reference IS DISTINCT FROM g.number || '/' || r.position))
           OR (g.id IS NULL AND o.source = 'group' AND split_part(o.reference, '/', 1) IN (
               SELECT number FROM group_orders))
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
          AND u.price_minor IS DISTINCT FROM coalesce(
              (SELECT (x.value ->> 'price_minor')::bigint
               FROM jsonb_array_elements(r.content -> 'goods') x
               WHERE x.value ->> 'sku' = l.sku_code),
              (g.prices ->> l.sku_code)::bigint)
        """,
    ),
    Invariant(
        "what is held for a group is what its held rows want",
        """
        WITH goods AS MATERIALIZED ( -- apart, or SKUs are looked through for every row
            SELECT 'group:' || g.hold_id AS owner, x.value ->> 'sku' AS code,
                   (x.value ->> 'quantity')::int AS quantity
            FROM group_orders g JOIN group_order_rows r ON r.group_id = g.id AND r.is_held
            CROSS JOIN jsonb_array_elements(r.content -> 'goods') x
            WHERE g.held_until > now()),
        wanted AS (
            SELECT w.owner, coalesce(p.sku_id, k.id) AS sku_id,
                   sum(w.quantity * coalesce(p.quantity, 1)) AS pieces
            FROM goods w JOIN skus k ON k.code = w.code
            LEFT JOIN kit_promises p ON p.owner = w.owner AND p.kit_id = k.id
            GROUP BY 1, 2),
        held AS (
            SELECT owner, sku_id, sum(quantity - shipped - freed) AS pieces FROM reservations
            WHERE owner LIKE 'group:%' AND state = 'held' AND expires_at > now() GROUP BY 1, 2)
        SELECT owner, sku_id, wanted.pieces AS wanted, held.pieces AS held
        FROM wanted FULL JOIN held USING (owner, sku_id)
        WHERE coalesce(wanted.pieces, 0) <> coalesce(held.pieces, 0)
        """,
    ),
)
