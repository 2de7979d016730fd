"""Invariants of what orders hold of promotions, coupons and quota prices (specification 2.7)."""

from app.repositories.reports.audit import Invariant

USES = (
    Invariant(
        "a paid order consumed its promotions, an unpaid one reserves them, a closed one has none",
        """
        SELECT u.promotion_id, u.order_id, u.state, o.payment_status
        FROM promotion_uses u JOIN orders o ON o.id = u.order_id
        WHERE (u.state = 'consumed' AND o.payment_status IN ('awaiting', 'closed'))
           OR (u.state = 'reserved' AND o.payment_status <> 'awaiting')
        """,
    ),
    Invariant(
        "a coupon in use is a use of its promotion in the same state",
        """
        SELECT c.code, c.state, c.order_id, u.state AS use_state
        FROM coupons c
        LEFT JOIN promotion_uses u ON u.order_id = c.order_id AND u.promotion_id = c.promotion_id
        WHERE c.state IN ('reserved', 'consumed') AND u.state IS DISTINCT FROM c.state
        """,
    ),
    Invariant(
        "a coupon that is not in use names no order",
        """
        SELECT code, state, order_id FROM coupons
        WHERE (state IN ('reserved', 'consumed')) <> (order_id IS NOT NULL)
        """,
    ),
    Invariant(
        "an order takes one coupon of a promotion at most",
        """
        SELECT order_id, promotion_id, count(*) AS coupons FROM coupons
        WHERE order_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
        """,
    ),
    Invariant(
        "a promotion without limits counts nothing",
        """
        SELECT promotion_id, reserved, consumed, reserved_minor, consumed_minor
        FROM promotion_quotas
        WHERE total_uses IS NULL AND budget_minor IS NULL
          AND (reserved, consumed, reserved_minor, consumed_minor) <> (0, 0, 0, 0)
        """,
    ),
    Invariant(
        "no quota price is sold beyond its quota, in all or to a member",
        """
        SELECT sku_id, price_list_id, min_quantity, p.quota, p.per_member, u.most, p.sold
        FROM prices p LEFT JOIN (
            SELECT sku_id, price_list_id, min_quantity, max(used) AS most FROM (
                SELECT sku_id, price_list_id, min_quantity, member_id, sum(quantity) AS used
                FROM price_uses WHERE released_at IS NULL GROUP BY 1, 2, 3, 4) m
            GROUP BY 1, 2, 3) u USING (sku_id, price_list_id, min_quantity)
        WHERE p.sold > p.quota OR u.most > p.per_member
        """,
    ),
    Invariant(
        "a cancelled order keeps no quota price",
        """
        SELECT u.order_id, u.sku_id, u.quantity
        FROM price_uses u JOIN orders o ON o.id = u.order_id
        WHERE u.released_at IS NULL AND o.state = 'cancelled'
        """,
    ),
)
