"""Routing: what was promised in one warehouse is sent from another that is better, or has it."""

from app.services.orders.routing.reroute import (
    Moved,
    RoutePlan,
    preview_route,
    reroute,
    reroute_due,
)

__all__ = ["Moved", "RoutePlan", "preview_route", "reroute", "reroute_due"]
