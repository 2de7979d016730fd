"""Statistics of orders: one dictionary of metrics, hours that are kept added up."""

from app.services.reports.statistics.answer import (
    Answer,
    NotTold,
    Question,
    TooManyRows,
    order_statistics,
    roll_up_orders,
    statistics_csv,
)
from app.services.reports.statistics.metrics import METRICS, By, Metric, Unit

__all__ = [
    "METRICS",
    "Answer",
    "By",
    "Metric",
    "NotTold",
    "Question",
    "TooManyRows",
    "Unit",
    "order_statistics",
    "roll_up_orders",
    "statistics_csv",
]
