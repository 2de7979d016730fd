"""Invariants of what brings shoppers back: goods for points, and points for coming."""

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

CHECK_INS = (
    Invariant(
        "the points of a check-in are a lot of their own",
        """
        SELECT c.member_id, c.day_on, c.points, l.member_id AS given_to, l.quantity
        FROM (SELECT *, 'check_in:' || plan_id || ':' || member_id || ':' || day_on AS source
              FROM check_ins WHERE points > 0) c
        FULL JOIN (SELECT * FROM points_lots WHERE source LIKE 'check_in:%') l USING (source)
        WHERE c.points IS DISTINCT FROM l.quantity OR c.member_id IS DISTINCT FROM l.member_id
        """,
    ),
    Invariant(
        "a streak counts the days in a row",
        """
        SELECT member_id, plan_id, day_on, streak, before
        FROM (SELECT member_id, plan_id, day_on, streak,
                     CASE WHEN lag(day_on) OVER days = day_on - 1 THEN lag(streak) OVER days
                          ELSE 0 END AS before
              FROM check_ins
              WINDOW days AS (PARTITION BY member_id, plan_id ORDER BY day_on)) d
        WHERE streak <> before + 1
        """,
    ),
)
