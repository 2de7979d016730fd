"""Order rules: what may follow what, who ships what. Pure."""

from app.services.orders.engine.cancellation import (
    AlreadyShipped,
    BeingPicked,
    Cancellation,
    cancellation,
)
from app.services.orders.engine.refund_value import units_of, value_of, with_shipping
from app.services.orders.engine.refund_wish import (
    GiftDue,
    LineFact,
    RefundWish,
    Valued,
    require_gifts,
)
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
    "BeingPicked",
    "Cancellation",
    "GiftDue",
    "IllegalTransition",
    "LineFact",
    "Ordered",
    "Part",
    "RefundWish",
    "Valued",
    "advance",
    "cancellation",
    "fulfilment_of",
    "payment_of",
    "require_gifts",
    "split",
    "units_of",
    "value_of",
    "with_shipping",
]
