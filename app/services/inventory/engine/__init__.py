"""Rules of stock. Pure."""

from app.services.inventory.engine.allocation import (
    Allocation,
    Level,
    Part,
    Waits,
    Wanted,
    allocate,
    combine,
    shortages,
)
from app.services.inventory.engine.distance import Destination, steps_between
from app.services.inventory.engine.kits import (
    Kits,
    beside,
    explode,
    fits,
    fixed,
    place,
    to_take,
    with_kits,
    worths,
)
from app.services.inventory.engine.policy import DEFAULT, Cost, Policy, Site
from app.services.inventory.engine.routing import RateOf, Route, find_route

__all__ = [
    "DEFAULT",
    "Allocation",
    "Cost",
    "Destination",
    "Kits",
    "Level",
    "Part",
    "Policy",
    "RateOf",
    "Route",
    "Site",
    "Waits",
    "Wanted",
    "allocate",
    "beside",
    "combine",
    "explode",
    "find_route",
    "fits",
    "fixed",
    "place",
    "shortages",
    "steps_between",
    "to_take",
    "with_kits",
    "worths",
]
