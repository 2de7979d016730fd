"""Delivery: where orders may go, by what, when they arrive and what that costs."""

from app.services.delivery.regions import list_regions

__all__ = ["list_regions"]
