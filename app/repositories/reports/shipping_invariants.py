"""Invariants of what leaves: promises, fulfilments, parcels and statuses say the same."""

from app.repositories.reports.audit import Invariant

SHIPPING = (
    Invariant(
        "a reservation holds what the order's fulfilments ship",
        """
        SELECT owner, sku_id, warehouse_id, r.wanted, f.wanted AS to_ship, r.shipped, f.left
        FROM (SELECT owner, sku_id, warehouse_id, sum(wanted) AS wanted,
                     sum(shipped) AS shipped, bool_or(has_ended) AS has_ended
              FROM (SELECT owner, sku_id, warehouse_id, quantity - freed AS wanted, shipped,
                           state IN ('released', 'expired') AS has_ended FROM reservations
                    UNION ALL
                    SELECT owner, sku_id, warehouse_id, quantity - filled - freed, 0, false
                    FROM backorders) p
              WHERE owner LIKE 'order:%' OR owner LIKE 'return:%' GROUP BY 1, 2, 3) r
        FULL JOIN (
            SELECT w.owner, coalesce(q.sku_id, w.sku_id) AS sku_id, w.warehouse_id,
                   sum(w.wanted * coalesce(q.quantity, 1)) AS wanted,
                   sum(w.left * coalesce(q.quantity, 1)) AS left
            FROM (SELECT CASE f.kind WHEN 'sale' THEN 'order:' || f.order_id
                             ELSE 'return:' || f.return_id || ':' || f.round END AS owner,
                         coalesce(x.sku_id, l.sku_id) AS sku_id, f.warehouse_id,
                         sum(x.quantity - x.cancelled) AS wanted, sum(x.shipped) AS left
                  FROM fulfilments f JOIN fulfilment_lines x ON x.fulfilment_id = f.id
                  JOIN order_lines l ON l.id = x.order_line_id
                  WHERE f.kind <> 'repair' GROUP BY 1, 2, 3) w
            LEFT JOIN kit_promises q ON q.owner = w.owner AND q.kit_id = w.sku_id
            GROUP BY 1, 2, 3) f
            USING (owner, sku_id, warehouse_id)
        WHERE coalesce(r.shipped, 0) <> coalesce(f.left, 0)
           OR (NOT coalesce(r.has_ended, false)
               AND coalesce(r.wanted, 0) <> coalesce(f.wanted, 0))
        """,
    ),
    Invariant(
        "what left the stock left for an order",
        """
        SELECT sku_id, warehouse_id, m.moved, r.shipped
        FROM (SELECT sku_id, warehouse_id, -sum(quantity) AS moved
              FROM stock_movements WHERE kind = 'shipment' GROUP BY 1, 2) m
        FULL JOIN (SELECT sku_id, warehouse_id, sum(shipped) AS shipped
                   FROM reservations WHERE shipped > 0 GROUP BY 1, 2) r
            USING (sku_id, warehouse_id)
        WHERE coalesce(m.moved, 0) <> coalesce(r.shipped, 0)
        """,
    ),
    Invariant(
        "parcels hold what their fulfilment packed, and what left is in those that left",
        """
        SELECT fulfilment_id, order_line_id, x.packed, p.packed AS in_parcels, x.shipped, p.shipped
        FROM fulfilment_lines x
        FULL JOIN (
            SELECT s.fulfilment_id, l.order_line_id, sum(l.quantity) AS packed,
                   coalesce(sum(l.quantity) FILTER (WHERE s.state <> 'prepared'), 0) AS shipped
            FROM shipments s JOIN shipment_lines l ON l.shipment_id = s.id
            WHERE s.state <> 'void' GROUP BY 1, 2) p USING (fulfilment_id, order_line_id)
        WHERE coalesce(x.packed, 0) <> coalesce(p.packed, 0)
           OR coalesce(x.shipped, 0) <> coalesce(p.shipped, 0)
        """,
    ),
    Invariant(
        "every parcel holds something",
        """
        SELECT s.number FROM shipments s
        WHERE NOT EXISTS (SELECT FROM shipment_lines l WHERE l.shipment_id = s.id)
        """,
    ),
    Invariant(
        "a fulfilment is as far as its lines and parcels",
        """
        SELECT f.number, f.status, x.is_open, s.left, s.back, s.arrived
        FROM fulfilments f
        JOIN (SELECT fulfilment_id, bool_or(shipped < quantity - cancelled) AS is_open
              FROM fulfilment_lines GROUP BY 1) x ON x.fulfilment_id = f.id
        LEFT JOIN (
            SELECT fulfilment_id, count(*) AS left,
                   count(*) FILTER (WHERE state = 'returned') AS back,
                   count(*) FILTER (WHERE state IN ('delivered', 'returned')) AS arrived
            FROM shipments WHERE state NOT IN ('prepared', 'void') GROUP BY 1) s
            ON s.fulfilment_id = f.id
        WHERE f.status <> CASE
            WHEN s.left IS NULL AND NOT x.is_open THEN 'cancelled'
            WHEN s.left IS NULL AND f.status = 'picking' THEN 'picking'
            WHEN s.left IS NULL THEN 'unfulfilled'
            WHEN x.is_open THEN 'partly_shipped'
            WHEN s.back = s.left THEN 'returned'
            WHEN s.arrived = s.left THEN 'delivered'
            ELSE 'shipped' END
        """,
    ),
    Invariant(
        "an order is as far as its fulfilments",
        """
        SELECT o.number, o.fulfilment_status, f.parts
        FROM orders o
        JOIN (SELECT order_id, array_agg(DISTINCT status) AS parts,
                     array_remove(array_agg(DISTINCT status), 'cancelled') AS live
              FROM fulfilments WHERE kind = 'sale' GROUP BY 1) f ON f.order_id = o.id
        WHERE o.state <> 'cancelled' AND o.fulfilment_status <> CASE
            WHEN f.live = '{}' THEN 'cancelled'
            WHEN f.live = '{returned}' THEN 'returned'
            WHEN f.live <@ '{delivered,returned}' THEN 'delivered'
            WHEN f.live <@ '{delivered,returned,shipped}' THEN 'shipped'
            WHEN f.live = '{unfulfilled}' THEN 'unfulfilled'
            WHEN f.live <@ '{unfulfilled,picking}' THEN 'picking'
            ELSE 'partly_shipped' END
        """,
    ),
    Invariant(
        "orders count as received and completed one after the other",
        """
        SELECT number, state, arrival_due_at, received_at, completes_at, completed_at FROM orders
        WHERE (received_at IS NULL) <> (completes_at IS NULL)
           OR (state = 'completed') <> (completed_at IS NOT NULL)
           OR (completed_at IS NOT NULL AND received_at IS NULL)
        """,
    ),
    Invariant(
        "whoever is asked for a review received the order, and is asked once",
        """
        SELECT number, received_at, review_due_at, review_invited_at, e.times
        FROM (SELECT id, number, received_at, review_due_at, review_invited_at FROM orders
              WHERE review_due_at IS NOT NULL OR review_invited_at IS NOT NULL) o
        FULL JOIN (SELECT order_id, count(*) AS times FROM order_events
                   WHERE kind = 'review_invited' GROUP BY 1) e ON e.order_id = o.id
        WHERE o.id IS NULL OR received_at IS NULL
           OR coalesce(e.times, 0) <> CASE WHEN review_invited_at IS NULL THEN 0 ELSE 1 END
        """,
    ),
)
