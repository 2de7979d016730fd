"""Invariants of what is over: counted once, and all of it."""

from app.repositories.orders.ended import MARK, ends
from app.repositories.reports.audit import Invariant

ENDED = (
    Invariant(
        "what is over was counted once",
        f"""
        SELECT of_id, tab, c.orders, f.orders AS of_orders
        FROM order_end_counts c FULL JOIN (
            SELECT of_id, tab, count(*) AS orders FROM ({ends(f"{{at}} <= {MARK}")}) e
            GROUP BY 1, 2) f USING (of_id, tab)
        WHERE c.orders IS DISTINCT FROM f.orders
        """,
    ),
)
