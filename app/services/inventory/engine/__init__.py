"""Rules of stock. Pure."""

from app.services.inventory.engine.allocation import (
    Allocation,
    Level,
    Wanted,
    allocate,
    combine,
    shortages,
)

__all__ = ["Allocation", "Level", "Wanted", "allocate", "combine", "shortages"]
