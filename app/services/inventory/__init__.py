"""Inventory: what is on hand, what is promised, and why it changed."""

from app.repositories.inventory import StockFilter
from app.services.inventory import (
    adjustments,
    history,
    policies,
    proof,
    safety,
    stocktakes,
    transfers,
)
from app.services.inventory.engine import Allocation, Destination, Policy, RateOf, Wanted
from app.services.inventory.errors import (
    BelowReserved,
    DifferenceUnexplained,
    IllegalStockTransition,
    NothingToShip,
    OutOfStock,
    StockMoved,
    StocktakeIncomplete,
    UnknownStock,
)
from app.services.inventory.move_promise import move_promise
from app.services.inventory.movements import (
    Move,
    Movement,
    adjust,
    free,
    receive,
    regrade,
    ship,
    take_back,
)
from app.services.inventory.read import (
    MovementFilter,
    ReservationFilter,
    list_movements,
    list_reservations,
    list_stock,
)
from app.services.inventory.reserve import available, choose, commit, hold, release, sweep
from app.services.inventory.route import Routed, route
from app.services.inventory.warehouses import (
    WarehouseChange,
    WarehouseView,
    create_warehouse,
    edit_warehouse,
    get_warehouse,
    list_warehouses,
)

__all__ = [
    "Allocation",
    "BelowReserved",
    "Destination",
    "DifferenceUnexplained",
    "IllegalStockTransition",
    "Move",
    "Movement",
    "MovementFilter",
    "NothingToShip",
    "OutOfStock",
    "Policy",
    "RateOf",
    "ReservationFilter",
    "Routed",
    "StockFilter",
    "StockMoved",
    "StocktakeIncomplete",
    "UnknownStock",
    "Wanted",
    "WarehouseChange",
    "WarehouseView",
    "adjust",
    "adjustments",
    "available",
    "choose",
    "commit",
    "create_warehouse",
    "edit_warehouse",
    "free",
    "get_warehouse",
    "history",
    "hold",
    "list_movements",
    "list_reservations",
    "list_stock",
    "list_warehouses",
    "move_promise",
    "policies",
    "proof",
    "receive",
    "regrade",
    "release",
    "route",
    "safety",
    "ship",
    "stocktakes",
    "sweep",
    "take_back",
    "transfers",
]
