"""Order rules: what may follow what, who ships what. Pure."""

from app.services.orders.engine.cancellation import AlreadyShipped, Cancellation, cancellation
from app.services.orders.engine.split import Ordered, Part, split
from app.services.orders.engine.states import (
    FULFILMENT,
    ORDER,
    PAYMENT,
    RETURN,
    IllegalTransition,
    advance,
    fulfilment_of,
    payment_of,
)

__all__ = [
    "FULFILMENT",
    "ORDER",
    "PAYMENT",
    "RETURN",
    "AlreadyShipped",
    "Cancellation",
    "IllegalTransition",
    "Ordered",
    "Part",
    "advance",
    "cancellation",
    "fulfilment_of",
    "payment_of",
    "split",
]
