"""Routing: what was promised in one warehouse is sent from another that is better, or has it."""

from app.services.orders.routing.release import release, release_due
from app.services.orders.routing.reroute import (
    Moved,
    RoutePlan,
    preview_route,
    reroute,
    reroute_due,
)

__all__ = [
    "Moved",
    "RoutePlan",
    "preview_route",
    "release",
    "release_due",
    "reroute",
    "reroute_due",
]
