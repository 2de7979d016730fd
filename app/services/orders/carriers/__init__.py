"""Carriers: who they are, as staff keep them."""

from app.services.orders.carriers.registry import (
    CarrierTerms,
    create_carrier,
    edit_carrier,
    get_carrier,
    list_carriers,
    own_carriers,
)

__all__ = [
    "CarrierTerms",
    "create_carrier",
    "edit_carrier",
    "get_carrier",
    "list_carriers",
    "own_carriers",
]
