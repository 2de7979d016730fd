"""Freight and arrival by arithmetic: values in, values out."""

from app.services.delivery.engine.arrival import arrives_on
from app.services.delivery.engine.fees import Fee, estimate, fee_of, zone_of
from app.services.delivery.engine.judge import Wish, judge
from app.services.delivery.engine.types import (
    Freight,
    Goods,
    Judgement,
    Option,
    Place,
    Point,
    Reason,
    Slot,
    Template,
    Zone,
)

__all__ = [
    "Fee",
    "Freight",
    "Goods",
    "Judgement",
    "Option",
    "Place",
    "Point",
    "Reason",
    "Slot",
    "Template",
    "Wish",
    "Zone",
    "arrives_on",
    "estimate",
    "fee_of",
    "judge",
    "zone_of",
]
