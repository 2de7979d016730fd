"""Orders of another system that are over, brought in as they were."""

from app.services.orders.engine.past import PastLine, PastOrder
from app.services.orders.history.land import KIND, Landed, land

__all__ = ["KIND", "Landed", "PastLine", "PastOrder", "land"]
