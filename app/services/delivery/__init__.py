"""Delivery: where orders may go, by what, when they arrive and what that costs."""

from app.services.delivery.appointments import (
    move_slot,
    open_points,
    open_slots,
    release_slot,
    take_slot,
)
from app.services.delivery.desk import points, slots, templates
from app.services.delivery.errors import DeliveryRefused, SlotCapacity, SlotTaken
from app.services.delivery.estimate import estimate_for, estimate_of
from app.services.delivery.judging import (
    judge_delivery,
    kept_document,
    option_document,
    place_of,
    require_allowed,
)
from app.services.delivery.offered import NOTHING, Offered, offered_of
from app.services.delivery.regions import list_regions

__all__ = [
    "NOTHING",
    "DeliveryRefused",
    "Offered",
    "SlotCapacity",
    "SlotTaken",
    "estimate_for",
    "estimate_of",
    "judge_delivery",
    "kept_document",
    "list_regions",
    "move_slot",
    "offered_of",
    "open_points",
    "open_slots",
    "option_document",
    "place_of",
    "points",
    "release_slot",
    "require_allowed",
    "slots",
    "take_slot",
    "templates",
]
