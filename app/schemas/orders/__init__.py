"""Request and response shapes of the order endpoints."""

from app.schemas.orders.documents import (
    AdminOrderCardOut,
    AdminOrderOut,
    MerchantOrderOut,
    OrderCardOut,
    OrderOut,
)
from app.schemas.orders.inputs import AdminCancelIn, CancelIn, NewPaymentIn, PlaceOrderIn
from app.schemas.orders.payments import NewOrderOut, OrderPaymentOut, PaymentPlanOut, PlacedOrderOut

__all__ = [
    "AdminCancelIn",
    "AdminOrderCardOut",
    "AdminOrderOut",
    "CancelIn",
    "MerchantOrderOut",
    "NewOrderOut",
    "NewPaymentIn",
    "OrderCardOut",
    "OrderOut",
    "OrderPaymentOut",
    "PaymentPlanOut",
    "PlaceOrderIn",
    "PlacedOrderOut",
]
