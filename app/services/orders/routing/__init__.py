"""Routing: what was promised in one warehouse is sent from another that is better, or has it."""

from app.services.orders.routing.last_day import StillBound, keep_last_days, stop_waiting
from app.services.orders.routing.release import release, release_due
from app.services.orders.routing.reroute import (
    Moved,
    RoutePlan,
    preview_route,
    reroute,
    reroute_due,
)
from app.services.orders.routing.shorts import leave_short_due, report_short

__all__ = [
    "Moved",
    "RoutePlan",
    "StillBound",
    "keep_last_days",
    "leave_short_due",
    "preview_route",
    "release",
    "release_due",
    "report_short",
    "reroute",
    "reroute_due",
    "stop_waiting",
]
