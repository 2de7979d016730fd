"""Reports: reads across all domains, the audit and replays of orders among them."""

from app.services.reports import statistics
from app.services.reports.audit import INVARIANTS, Finding, audit
from app.services.reports.engine import PAGE_POLICY
from app.services.reports.promotion_reports import (
    CouponUsage,
    InvalidSpan,
    Span,
    attribution,
    coupon_usage,
    coupon_usage_lines,
)
from app.services.reports.replay_pages import replay_chart, replay_page
from app.services.reports.replay_request import (
    DEFAULT_ORDERS,
    MOST_ORDERS,
    ReplayOver,
    StartReplay,
    TooManyReplays,
)
from app.services.reports.replay_step import replay_step
from app.services.reports.replays import (
    ReplayView,
    cancel_replay,
    changed_orders,
    forget_replays,
    get_replay,
    list_replays,
    start_replay,
    unreproduced_orders,
)

__all__ = [
    "DEFAULT_ORDERS",
    "INVARIANTS",
    "MOST_ORDERS",
    "PAGE_POLICY",
    "CouponUsage",
    "Finding",
    "InvalidSpan",
    "ReplayOver",
    "ReplayView",
    "Span",
    "StartReplay",
    "TooManyReplays",
    "attribution",
    "audit",
    "cancel_replay",
    "changed_orders",
    "coupon_usage",
    "coupon_usage_lines",
    "forget_replays",
    "get_replay",
    "list_replays",
    "replay_chart",
    "replay_page",
    "replay_step",
    "start_replay",
    "statistics",
    "unreproduced_orders",
]
