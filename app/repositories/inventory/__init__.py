"""Queries on warehouses, stock, movements and reservations."""

from app.repositories.inventory.backorders import BackorderRepository
from app.repositories.inventory.kit_promises import KitPromiseRepository
from app.repositories.inventory.policies import RoutingPolicyRepository
from app.repositories.inventory.promises import Move, PromiseRepository
from app.repositories.inventory.reservations import Pieces, ReservationRepository
from app.repositories.inventory.stock import StockFilter, StockRepository
from app.repositories.inventory.warehouses import WarehouseRepository

__all__ = [
    "BackorderRepository",
    "KitPromiseRepository",
    "Move",
    "Pieces",
    "PromiseRepository",
    "ReservationRepository",
    "RoutingPolicyRepository",
    "StockFilter",
    "StockRepository",
    "WarehouseRepository",
]
