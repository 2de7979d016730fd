"""Changes of orders that were placed: looked at before, made, and kept for good."""

from app.services.orders.changes.added import Added
from app.services.orders.changes.apply import change_order
from app.services.orders.changes.errors import (
    AddressNotServed,
    AlreadyInvoiced,
    ChangeCosts,
    ChangeCostsNothing,
    ChangesApart,
    NothingToChange,
    PriceNotAgreed,
)
from app.services.orders.changes.follow import follow_charge, let_go
from app.services.orders.changes.lessen import stop_payment
from app.services.orders.changes.preview import ChangePreview, preview_change
from app.services.orders.changes.propose import propose_change
from app.services.orders.changes.read import list_changes
from app.services.orders.changes.wish import AddedGoods, ChangeWish, NewPrice

__all__ = [
    "Added",
    "AddedGoods",
    "AddressNotServed",
    "AlreadyInvoiced",
    "ChangeCosts",
    "ChangeCostsNothing",
    "ChangePreview",
    "ChangeWish",
    "ChangesApart",
    "NewPrice",
    "NothingToChange",
    "PriceNotAgreed",
    "change_order",
    "follow_charge",
    "let_go",
    "list_changes",
    "preview_change",
    "propose_change",
    "stop_payment",
]
