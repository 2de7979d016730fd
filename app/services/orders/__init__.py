"""Orders: from a quoted cart to a purchase that is paid, cancelled or shipped."""

from app.repositories.orders import OrderFilter
from app.services.orders.addresses import delivery_address
from app.services.orders.cancel import (
    BY_SHOPPER,
    begin_cancel,
    cancel_order,
    expire,
    refund_lost,
)
from app.services.orders.engine import AlreadyShipped, IllegalTransition
from app.services.orders.engine.discounts import DiscountedUnits
from app.services.orders.errors import (
    CartAlreadyOrdered,
    FlashBusy,
    PriceChanged,
    TooManyUnpaidOrders,
)
from app.services.orders.paid_rows import discounted_units
from app.services.orders.payment_owner import PAYMENT_OWNER, stock_owner
from app.services.orders.place import PlacedOrder, PlaceOrder, place_order
from app.services.orders.read import (
    get_any_order,
    get_merchant_order,
    get_order,
    list_merchant_orders,
    list_orders,
    require_own,
    search_orders,
)
from app.services.orders.sellers import top_sellers

__all__ = [
    "BY_SHOPPER",
    "PAYMENT_OWNER",
    "AlreadyShipped",
    "CartAlreadyOrdered",
    "DiscountedUnits",
    "FlashBusy",
    "IllegalTransition",
    "OrderFilter",
    "PlaceOrder",
    "PlacedOrder",
    "PriceChanged",
    "TooManyUnpaidOrders",
    "begin_cancel",
    "cancel_order",
    "delivery_address",
    "discounted_units",
    "expire",
    "get_any_order",
    "get_merchant_order",
    "get_order",
    "list_merchant_orders",
    "list_orders",
    "place_order",
    "refund_lost",
    "require_own",
    "search_orders",
    "stock_owner",
    "top_sellers",
]
