"""Invariants of orders, stock, promotions and the platform (reliability 4.2)."""

from app.repositories.reports.audit import Invariant

ORDERS = (
    Invariant(
        "an order costs the sum of its lines and shipping",
        """
        SELECT o.number, o.payable_minor, sum(l.net_minor) + o.shipping_minor AS summed
        FROM orders o JOIN order_lines l ON l.order_id = o.id
        GROUP BY o.id
        HAVING o.payable_minor <> sum(l.net_minor) + o.shipping_minor
               + CASE o.tax_mode WHEN 'exclusive' THEN o.tax_minor ELSE 0 END
        """,
    ),
    Invariant(
        "an order's tax is that of its lines and of shipping at the rate it keeps",
        """
        SELECT o.number, o.tax_minor, o.lines, o.fee_tax
        FROM (
            SELECT o.number, o.tax_minor, sum(l.tax_minor) AS lines, round(
                o.shipping_minor * (o.priced_with ->> 'shipping_tax_rate_bps')::numeric
                / (10000 + CASE o.tax_mode WHEN 'inclusive'
                    THEN (o.priced_with ->> 'shipping_tax_rate_bps')::numeric ELSE 0 END)
            ) AS fee_tax
            FROM orders o JOIN order_lines l ON l.order_id = o.id
            GROUP BY o.id) o
        WHERE o.tax_minor <> o.lines + coalesce(o.fee_tax, 0)
        """,
    ),
    Invariant(
        "an order was reduced by what its promotions took",
        """
        SELECT o.number, o.discount_minor, o.shipping_discount_minor, u.taken
        FROM orders o LEFT JOIN (
            SELECT order_id, sum(amount_minor) AS taken FROM promotion_uses GROUP BY 1) u
            ON u.order_id = o.id
        WHERE o.discount_minor + o.shipping_discount_minor <> coalesce(u.taken, 0)
        """,
    ),
    Invariant(
        "a use of a promotion is what it took off units",
        """
        SELECT u.order_id, u.promotion_id, u.amount_minor, t.taken
        FROM promotion_uses u JOIN promotions p ON p.id = u.promotion_id
        LEFT JOIN (
            SELECT order_id, (d ->> 'promotion_id')::uuid AS promotion_id,
                   sum(count * (d ->> 'amount_minor')::bigint) AS taken
            FROM (SELECT l.order_id, x.count, jsonb_array_elements(x.discounts) AS d
                  FROM order_units x JOIN order_lines l ON l.id = x.line_id) each_unit
            GROUP BY 1, 2) t USING (order_id, promotion_id)
        WHERE split_part(p.stage, '_', 1) <> 'shipping'
          AND u.amount_minor <> coalesce(t.taken, 0)
        """,
    ),
    Invariant(
        "a gift costs nothing and is a use of its promotion",
        """
        SELECT l.order_id, l.id FROM order_lines l
        LEFT JOIN promotion_uses u USING (order_id, promotion_id)
        WHERE l.is_gift AND (u.id IS NULL OR l.net_minor <> 0 OR l.list_minor < 0)
        """,
    ),
    Invariant(
        "every order has lines",
        """
        SELECT o.number FROM orders o
        WHERE NOT EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id)
        """,
    ),
    Invariant(
        "a line is the sum of its units",
        """
        SELECT l.id, l.quantity, sum(u.count) AS units, l.net_minor,
               sum(u.count * u.net_minor) AS net
        FROM order_lines l LEFT JOIN order_units u ON u.line_id = l.id
        GROUP BY l.id, l.quantity, l.goods_minor, l.net_minor, l.tax_minor
        HAVING l.quantity IS DISTINCT FROM sum(u.count)
            OR l.goods_minor IS DISTINCT FROM sum(u.count * u.price_minor)
            OR l.net_minor IS DISTINCT FROM sum(u.count * u.net_minor)
            OR l.tax_minor IS DISTINCT FROM sum(u.count * u.tax_minor)
        """,
    ),
    Invariant(
        "a unit is its price less its discounts",
        """
        SELECT u.line_id, u.first_index, u.price_minor, u.net_minor, u.discounts
        FROM order_units u
        WHERE u.net_minor <> u.price_minor - coalesce((
            SELECT sum((d ->> 'amount_minor')::bigint) FROM jsonb_array_elements(u.discounts) d), 0)
        """,
    ),
    Invariant(
        "fulfilments ship each line whole and once",
        """
        SELECT l.id, l.quantity, sum(f.quantity) AS to_ship
        FROM order_lines l LEFT JOIN (
            SELECT x.order_line_id, x.quantity
            FROM fulfilment_lines x JOIN fulfilments f ON f.id = x.fulfilment_id
            WHERE f.kind = 'sale') f ON f.order_line_id = l.id
        GROUP BY l.id, l.quantity HAVING l.quantity IS DISTINCT FROM sum(f.quantity)
        """,
    ),
    Invariant(
        "the order says what its payment plan says",
        """
        SELECT o.number, o.payment_status, p.state
        FROM orders o JOIN payment_plans p ON p.order_id = o.id
        WHERE o.payment_status <> CASE
            WHEN p.state IN ('new', 'awaiting', 'closing') THEN 'awaiting'
            WHEN p.state = 'hold_failed' THEN 'closed' ELSE p.state END
        """,
    ),
    Invariant(
        "a cancelled order is closed or given back",
        """
        SELECT number, state, payment_status FROM orders
        WHERE state = 'cancelled'
          AND payment_status NOT IN ('closed', 'paid', 'partly_refunded', 'refunded')
           OR state = 'cancelled' AND cancelled_at IS NULL
        """,
    ),
    Invariant(
        "money of a cancelled order is on its way back",
        """
        SELECT o.number FROM orders o
        WHERE o.state = 'cancelled' AND o.payment_status IN ('paid', 'partly_refunded')
          AND o.payable_minor > 0
          AND NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = o.id AND r.state = 'pending')
        """,
    ),
)

STOCK = (
    Invariant(
        "movements fold to what is on hand",
        """
        SELECT sku_id, warehouse_id, grade, s.there, m.moved
        FROM (SELECT sku_id, warehouse_id, grade, there FROM stock, LATERAL (VALUES
                  ('sellable', on_hand), ('damaged', damaged), ('frozen', frozen)
              ) AS g(grade, there)) s
        FULL JOIN (
            SELECT sku_id, warehouse_id, grade, sum(quantity) AS moved
            FROM stock_movements GROUP BY 1, 2, 3) m USING (sku_id, warehouse_id, grade)
        WHERE coalesce(s.there, 0) <> coalesce(m.moved, 0)
        """,
    ),
    Invariant(
        "reserved stock is the sum of open reservations",
        """
        SELECT sku_id, warehouse_id, s.reserved, r.open
        FROM stock s FULL JOIN (
            SELECT sku_id, warehouse_id, sum(quantity - shipped - freed) AS open
            FROM reservations WHERE state IN ('held', 'committed') GROUP BY 1, 2) r
            USING (sku_id, warehouse_id)
        WHERE coalesce(s.reserved, 0) <> coalesce(r.open, 0)
        """,
    ),
    Invariant(
        "nobody is promised more than is on hand",
        """
        SELECT sku_id, warehouse_id, on_hand, reserved FROM stock
        WHERE reserved < 0 OR reserved > on_hand
        """,
    ),
    Invariant(
        "a cancelled order keeps no stock",
        """
        SELECT r.owner, r.state FROM reservations r JOIN orders o ON r.owner = 'order:' || o.id
        WHERE o.state = 'cancelled' AND r.state IN ('held', 'committed')
        """,
    ),
    Invariant(
        "a paid order that stands has its stock",
        """
        SELECT o.number FROM orders o
        WHERE o.state = 'open' AND o.payment_status = 'paid' AND NOT EXISTS (
            SELECT FROM reservations r
            WHERE r.owner = 'order:' || o.id AND r.state IN ('committed', 'shipped'))
          AND NOT EXISTS (
            SELECT FROM backorders b
            WHERE b.owner = 'order:' || o.id AND b.filled + b.freed < b.quantity)
        """,
    ),
)

PROMOTIONS = (
    Invariant(
        "counters of a limited promotion equal its uses",
        """
        SELECT promotion_id, q.reserved, u.reserved AS uses_reserved, q.consumed,
               u.consumed AS uses_consumed
        FROM promotion_quotas q LEFT JOIN (
            SELECT promotion_id,
                   count(*) FILTER (WHERE state = 'reserved') AS reserved,
                   count(*) FILTER (WHERE state = 'consumed') AS consumed,
                   sum(amount_minor) FILTER (WHERE state = 'reserved') AS reserved_minor,
                   sum(amount_minor) FILTER (WHERE state = 'consumed') AS consumed_minor
            FROM promotion_uses GROUP BY 1) u USING (promotion_id)
        WHERE (q.total_uses IS NOT NULL OR q.budget_minor IS NOT NULL)
          AND (q.reserved <> coalesce(u.reserved, 0) OR q.consumed <> coalesce(u.consumed, 0)
               OR q.reserved_minor <> coalesce(u.reserved_minor, 0)
               OR q.consumed_minor <> coalesce(u.consumed_minor, 0))
        """,
    ),
    Invariant(
        "no promotion is used more often than allowed",
        """
        SELECT promotion_id, total_uses, reserved + consumed AS used FROM promotion_quotas
        WHERE reserved + consumed > total_uses OR reserved_minor + consumed_minor > budget_minor
        """,
    ),
    Invariant(
        "a promotion says what was approved",
        """
        SELECT p.code, p.status, p.approved_number FROM promotions p
        LEFT JOIN promotion_versions v ON v.promotion_id = p.id AND v.number = p.approved_number
        WHERE p.status IN ('approved', 'running', 'ended') AND p.approved_number IS NOT NULL
          AND (v.number IS NULL OR v.terms ->> 'stage' <> p.stage
               OR (v.terms ->> 'priority')::int <> p.priority
               OR v.terms -> 'scope' <> p.scope OR v.terms -> 'condition' <> p.condition
               OR v.terms -> 'action' <> p.action OR v.terms -> 'stack' <> p.stack
               OR v.terms -> 'limits' <> p.limits OR v.terms -> 'funding' <> p.funding
               OR v.terms -> 'refund' <> p.refund)
        """,
    ),
    Invariant(
        "a consumed coupon paid for an order, a closed order keeps none",
        """
        SELECT c.code, c.state, o.number, o.payment_status
        FROM coupons c JOIN orders o ON o.id = c.order_id
        WHERE (c.state = 'consumed' AND o.payment_status IN ('awaiting', 'closed'))
           OR (c.state = 'reserved' AND o.payment_status <> 'awaiting')
        """,
    ),
    Invariant(
        "a quota price sold what its uses say",
        """
        SELECT sku_id, price_list_id, min_quantity, p.sold, u.used
        FROM prices p LEFT JOIN (
            SELECT sku_id, price_list_id, min_quantity, sum(quantity) AS used
            FROM price_uses WHERE released_at IS NULL GROUP BY 1, 2, 3) u
            USING (sku_id, price_list_id, min_quantity)
        WHERE p.sold <> coalesce(u.used, 0)
        """,
    ),
    Invariant(
        "no quota price sold more than its quota",
        "SELECT sku_id, price_list_id, quota, sold FROM prices WHERE sold > quota",
    ),
    Invariant(
        "a quota is held for unpaid orders only",
        """
        SELECT u.order_id, u.held_until, o.payment_status
        FROM price_uses u JOIN orders o ON o.id = u.order_id
        WHERE u.released_at IS NULL AND u.held_until IS NOT NULL
          AND o.payment_status <> 'awaiting'
        """,
    ),
    Invariant(
        "a purchase count is the sum of its orders",
        """
        SELECT limit_id, member_id, period_on, c.quantity, u.used
        FROM purchase_counts c FULL JOIN (
            SELECT limit_id, member_id, period_on, sum(quantity) AS used
            FROM purchase_uses WHERE released_at IS NULL GROUP BY 1, 2, 3) u
            USING (limit_id, member_id, period_on)
        WHERE coalesce(c.quantity, 0) <> coalesce(u.used, 0)
        """,
    ),
    Invariant(
        "nobody ordered more than one may",
        "SELECT limit_id, member_id, quantity, allowed FROM purchase_counts"
        " WHERE quantity > allowed OR quantity < 0",
    ),
)

PLATFORM = (
    Invariant(
        "the outbox is drained",
        """
        SELECT name, ordering_key, created_at FROM outbox
        WHERE state = 'pending' AND attempts = 0 AND created_at < now() - interval '5 minutes'
        """,
    ),
    Invariant(
        "every placed order was announced",
        """
        SELECT o.number FROM orders o WHERE NOT EXISTS (
            SELECT FROM outbox m
            WHERE m.ordering_key = 'order:' || o.id AND m.name = 'orders.placed.v1')
          AND o.created_at > now() - interval '7 days'
        """,
    ),
    Invariant(
        "no session of a disabled member of staff lives",
        """
        SELECT s.email FROM staff s JOIN login_sessions l
          ON l.audience = 'admin' AND l.subject_id = s.id
        WHERE NOT s.is_active AND l.revoked_at IS NULL AND l.expires_at > now()
        """,
    ),
    Invariant(
        "the seals of the operation log form one chain",
        """
        SELECT s.id, s.first_seq FROM operation_log_seals s
        WHERE s.first_seq > (SELECT min(first_seq) FROM operation_log_seals)
          AND NOT EXISTS (SELECT FROM operation_log_seals b WHERE b.hash = s.previous_hash)
        """,
    ),
)
