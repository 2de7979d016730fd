"""Invariants of what brings shoppers back: goods for points, points for coming, lotteries."""

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

BARGAINS = (
    Invariant(
        "a bargain fell by the sum of its cuts",
        """
        SELECT b.id, b.cuts_made, b.cut_minor, c.made, c.amount_minor
        FROM bargains b LEFT JOIN (
            SELECT bargain_id, count(*) AS made, max(position) AS last,
                   sum(amount_minor) AS amount_minor
            FROM bargain_cuts GROUP BY 1) c ON c.bargain_id = b.id
        WHERE (b.cuts_made, b.cuts_made, b.cut_minor) IS DISTINCT FROM
              (coalesce(c.made, 0), coalesce(c.last, 0), coalesce(c.amount_minor, 0))
        """,
    ),
    Invariant(
        "a bargain is finished by its last cut, at its floor",
        """
        SELECT id, cuts, cuts_made, cut_minor, finished_at FROM bargains
        WHERE (finished_at IS NOT NULL) <> (cuts_made = cuts)
           OR (finished_at IS NOT NULL AND cut_minor <> start_minor - floor_minor)
           OR (finished_at IS NULL AND order_id IS NOT NULL)
        """,
    ),
    Invariant(
        "nobody cuts their own price",
        """
        SELECT c.id, c.member_id FROM bargain_cuts c JOIN bargains b ON b.id = c.bargain_id
        WHERE c.member_id = b.member_id
        """,
    ),
    Invariant(
        "a bargain activity is taken as often as its bargains are ordered",
        """
        SELECT a.id, a.sold, b.ordered
        FROM bargain_activities a LEFT JOIN (
            SELECT activity_id, count(*) AS ordered
            FROM bargains WHERE order_id IS NOT NULL GROUP BY 1) b ON b.activity_id = a.id
        WHERE a.sold <> coalesce(b.ordered, 0)
        """,
    ),
    Invariant(
        "an order has the bargains its lines name, one piece each, until it is cancelled",
        """
        SELECT order_id, bargain_id, l.pieces, b.ordered
        FROM (SELECT x.order_id, x.bargain_id, sum(x.quantity) AS pieces
              FROM order_lines x JOIN orders o ON o.id = x.order_id
              WHERE x.bargain_id IS NOT NULL AND o.state <> 'cancelled' GROUP BY 1, 2) l
        FULL JOIN (SELECT order_id, id AS bargain_id, 1 AS ordered
                   FROM bargains WHERE order_id IS NOT NULL) b USING (order_id, bargain_id)
        WHERE l.pieces IS DISTINCT FROM b.ordered
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

LOTTERIES = (
    Invariant(
        "the odds of a lottery sum to a million, and one prize is the consolation",
        """
        SELECT l.id, sum(p.odds_ppm) AS odds_ppm, count(*) FILTER (WHERE p.is_consolation) AS last
        FROM lotteries l LEFT JOIN lottery_prizes p ON p.lottery_id = l.id
        GROUP BY l.id
        HAVING sum(p.odds_ppm) IS DISTINCT FROM 1000000
            OR count(*) FILTER (WHERE p.is_consolation) <> 1
        """,
    ),
    Invariant(
        "a prize of a stock was won as often as draws say, and no more than there are",
        """
        SELECT p.id, p.stock, p.won, d.draws
        FROM lottery_prizes p LEFT JOIN (
            SELECT prize_id, count(*) AS draws FROM lottery_draws GROUP BY 1) d ON d.prize_id = p.id
        WHERE p.won <> CASE WHEN p.stock IS NULL THEN 0 ELSE coalesce(d.draws, 0) END
           OR p.won > p.stock
        """,
    ),
    Invariant(
        "a draw won what its roll fell on, or the consolation",
        """
        WITH prizes AS (
            SELECT id, lottery_id, odds_ppm, is_consolation,
                   sum(odds_ppm) OVER (PARTITION BY lottery_id ORDER BY position) AS upto
            FROM lottery_prizes)
        SELECT d.id, d.roll, d.rolled_id, d.prize_id, d.is_fallback
        FROM lottery_draws d
        LEFT JOIN prizes r ON r.id = d.rolled_id AND r.lottery_id = d.lottery_id
        LEFT JOIN prizes p ON p.id = d.prize_id AND p.lottery_id = d.lottery_id
        WHERE r.id IS NULL OR p.id IS NULL
           OR d.roll >= r.upto OR d.roll < r.upto - r.odds_ppm
           OR (d.is_fallback AND NOT p.is_consolation)
           OR d.is_fallback = (d.rolled_id = d.prize_id)
        """,
    ),
    Invariant(
        "the points of a draw are those of its prize, as a lot of their own",
        """
        SELECT d.id, d.points, l.member_id AS given_to, l.quantity
        FROM (SELECT d.*, 'lottery:' || d.id AS source, coalesce(p.points, 0) AS promised
              FROM lottery_draws d JOIN lottery_prizes p ON p.id = d.prize_id) d
        FULL JOIN (SELECT * FROM points_lots WHERE source LIKE 'lottery:%') l USING (source)
        WHERE coalesce(d.points, 0) <> coalesce(l.quantity, 0) OR d.id IS NULL
           OR d.points <> d.promised OR l.member_id <> d.member_id
        """,
    ),
    Invariant(
        "what a draw costs was taken from its member",
        """
        SELECT d.id, d.points_cost, j.member_id AS taken_from, j.points
        FROM (SELECT *, 'spend:lottery:' || id AS key FROM lottery_draws) d
        FULL JOIN (
            SELECT j.key, j.member_id, e.amount_minor AS points
            FROM ledger_journals j
            JOIN ledger_accounts a ON a.currency = 'PTS'
             AND a.code = 'points_liability:' || j.member_id || ':available'
            JOIN ledger_entries e ON e.journal_id = j.id AND e.account_id = a.id
            WHERE j.key LIKE 'spend:lottery:%') j USING (key)
        WHERE coalesce(d.points_cost, 0) <> coalesce(j.points, 0)
           OR j.member_id <> d.member_id
        """,
    ),
    Invariant(
        "a coupon that was won is its member's, of the batch of its prize",
        """
        SELECT d.id, d.coupon_id, c.id AS given, c.member_id
        FROM (SELECT d.*, 'lottery:' || d.id AS origin, p.kind, p.batch_id
              FROM lottery_draws d JOIN lottery_prizes p ON p.id = d.prize_id) d
        FULL JOIN (SELECT * FROM coupons WHERE origin LIKE 'lottery:%') c USING (origin)
        WHERE d.coupon_id IS DISTINCT FROM c.id OR (d.kind = 'coupon') <> (c.id IS NOT NULL)
           OR (c.id IS NOT NULL AND (d.member_id IS DISTINCT FROM c.member_id
                                     OR d.batch_id IS DISTINCT FROM c.batch_id))
        """,
    ),
    Invariant(
        "nobody drew more often than one may, and every draw is counted",
        """
        SELECT d.lottery_id, d.member_id, d.day_on, d.day_number, d.number
        FROM (SELECT *, row_number() OVER mine AS nth, row_number() OVER today AS nth_today
              FROM lottery_draws
              WINDOW mine AS (PARTITION BY lottery_id, member_id ORDER BY number),
                     today AS (PARTITION BY lottery_id, member_id, day_on ORDER BY day_number)) d
        JOIN lotteries l ON l.id = d.lottery_id
        WHERE d.number <> d.nth OR d.day_number <> d.nth_today
           OR d.number > l.draws_per_member OR d.day_number > l.draws_per_day
        """,
    ),
)
