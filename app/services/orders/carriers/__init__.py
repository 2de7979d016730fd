"""Carriers: who they are, the labels their systems make, and where parcels are."""

from app.services.orders.carriers.follow import ask_where, follow_parcels
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
    PushUnreadable,
)
from app.services.orders.carriers.pushes import receive_push, retry_pushes
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
    "PushUnreadable",
    "Rates",
    "ask_where",
    "compare_rates",
    "create_carrier",
    "edit_carrier",
    "fetch_label",
    "follow_parcels",
    "get_carrier",
    "label_document",
    "labels_of",
    "list_carriers",
    "own_carriers",
    "push_labels",
    "receive_push",
    "retry_pushes",
]
