"""The layer around every request."""

from app.routers.middleware.edge import Edge
from app.routers.middleware.metrics import Metrics

__all__ = ["Edge", "Metrics"]
