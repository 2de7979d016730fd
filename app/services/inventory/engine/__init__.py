"""Rules of stock. Pure."""

from app.services.inventory.engine.allocation import (
    Allocation,
    Level,
    Waits,
    Wanted,
    allocate,
    combine,
    shortages,
)
from app.services.inventory.engine.distance import Destination, steps_between
from app.services.inventory.engine.policy import DEFAULT, Cost, Policy, Site
from app.services.inventory.engine.routing import RateOf, Route, find_route

__all__ = [
    "DEFAULT",
    "Allocation",
    "Cost",
    "Destination",
    "Level",
    "Policy",
    "RateOf",
    "Route",
    "Site",
    "Waits",
    "Wanted",
    "allocate",
    "combine",
    "find_route",
    "shortages",
    "steps_between",
]
