"""Changes of orders that were placed: looked at before, made, and kept for good."""

from app.services.orders.changes.apply import change_order
from app.services.orders.changes.errors import (
    AddressNotServed,
    AlreadyInvoiced,
    NothingToChange,
)
from app.services.orders.changes.follow import follow_charge, let_go
from app.services.orders.changes.preview import ChangePreview, preview_change
from app.services.orders.changes.read import list_changes
from app.services.orders.changes.wish import ChangeWish

__all__ = [
    "AddressNotServed",
    "AlreadyInvoiced",
    "ChangePreview",
    "ChangeWish",
    "NothingToChange",
    "change_order",
    "follow_charge",
    "let_go",
    "list_changes",
    "preview_change",
]
