"""Invariants of what brings shoppers back: goods for points."""

from app.repositories.reports.audit import Invariant

EXCHANGE = (
    Invariant(
        "an exchange offer is taken as often as its uses say",
        """
        SELECT o.id, o.sold, u.used
        FROM exchange_offers o LEFT JOIN (
            SELECT offer_id, sum(quantity) AS used
            FROM exchange_uses WHERE released_at IS NULL GROUP BY 1) u ON u.offer_id = o.id
        WHERE o.sold <> coalesce(u.used, 0)
        """,
    ),
    Invariant(
        "an order uses the offers its lines name, until it is cancelled",
        """
        SELECT order_id, offer_id, l.pieces, u.quantity, u.released_at
        FROM (SELECT order_id, exchange_offer_id AS offer_id, sum(quantity) AS pieces
              FROM order_lines WHERE exchange_offer_id IS NOT NULL GROUP BY 1, 2) l
        FULL JOIN exchange_uses u USING (order_id, offer_id)
        LEFT JOIN orders o ON o.id = order_id
        WHERE l.pieces IS DISTINCT FROM u.quantity
           OR (u.released_at IS NULL) = (o.state IS NOT DISTINCT FROM 'cancelled')
        """,
    ),
    Invariant(
        "goods to be had for points are paid in points",
        """
        SELECT o.number, l.points AS due, t.points AS tendered
        FROM orders o
        LEFT JOIN (SELECT order_id, sum(exchange_points) AS points
                   FROM order_lines GROUP BY 1) l ON l.order_id = o.id
        LEFT JOIN payment_plans p ON p.order_id = o.id
        LEFT JOIN (SELECT plan_id, sum(exchange_points) AS points
                   FROM tenders GROUP BY 1) t ON t.plan_id = p.id
        WHERE coalesce(l.points, 0) <> coalesce(t.points, 0)
        """,
    ),
)
