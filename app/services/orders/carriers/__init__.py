"""Carriers: who they are, what their systems are asked for, and the labels they make."""

from app.services.orders.carriers.labels import (
    fetch_label,
    label_document,
    labels_of,
    push_labels,
)
from app.services.orders.carriers.ports import (
    CarrierCannot,
    CarrierRefused,
    CarrierUnreachable,
)
from app.services.orders.carriers.rates import CarrierRate, Rates, compare_rates
from app.services.orders.carriers.registry import (
    CarrierTerms,
    create_carrier,
    edit_carrier,
    get_carrier,
    list_carriers,
    own_carriers,
)

__all__ = [
    "CarrierCannot",
    "CarrierRate",
    "CarrierRefused",
    "CarrierTerms",
    "CarrierUnreachable",
    "Rates",
    "compare_rates",
    "create_carrier",
    "edit_carrier",
    "fetch_label",
    "get_carrier",
    "label_document",
    "labels_of",
    "list_carriers",
    "own_carriers",
    "push_labels",
]
