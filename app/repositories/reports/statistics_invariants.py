"""Invariants of statistics: hours are what the orders say."""

from app.repositories.reports.audit import Invariant
from app.repositories.reports.order_folds import FACTS, KEYS, fold, touched

_AT = "(SELECT at FROM report_marks WHERE name = 'order_hours')"
_ID = "(SELECT order_id FROM report_marks WHERE name = 'order_hours')"
# Hours of what changed since the last time are not worked out yet.
_PENDING = touched(
    f"(o.updated_at, o.id) > ({_AT}, {_ID})",
    f"r.succeeded_at >= {_AT}",
    f"c.created_at >= {_AT}",
)
_SAME = " AND ".join(f"h.{each} = f.{each}" for each in FACTS)

STATISTICS = (
    Invariant(
        "an hour of orders is what its orders say",
        f"""
        SELECT hour_at, kind, channel_id, currency, of_id, h.placed, f.placed AS of_orders,
               h.net_minor, f.net_minor AS net_of_orders
        FROM order_hours h FULL JOIN ({fold(spans=False)}) f USING ({", ".join(KEYS)})
        WHERE (h.placed IS NULL OR f.placed IS NULL OR NOT ({_SAME}))
          AND NOT EXISTS (SELECT FROM ({_PENDING}) p WHERE p.at = hour_at)
        """,
    ),
)
