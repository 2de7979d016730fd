"""Orders: from a quoted cart to a purchase that is paid, cancelled or shipped."""

from app.repositories.orders import OrderFilter
from app.services.orders import (
    after_sales,
    carriers,
    centre,
    changes,
    charges,
    entry,
    group_orders,
    history,
    intake,
    review,
    routing,
    shipping,
    tickets,
)
from app.services.orders.addresses import chosen_address
from app.services.orders.after_sales.second import approve_refund, reject_refund
from app.services.orders.bank_transfer import (
    BankTransfer,
    prove_bank_transfer,
    read_bank_transfer,
)
from app.services.orders.cancel import (
    BY_SHOPPER,
    ask_refund,
    begin_cancel,
    cancel_order,
    expire,
    refund_lost,
)
from app.services.orders.engine import (
    AlreadyShipped,
    BeingPicked,
    IllegalTransition,
    RefundWish,
)
from app.services.orders.engine.discounts import DiscountedUnits
from app.services.orders.enter import PlacedOrder
from app.services.orders.errors import (
    CannotReprice,
    CartAlreadyOrdered,
    FlashBusy,
    GiftNotReturned,
    PriceChanged,
    ReferenceTaken,
    TooManyUnpaidOrders,
    UnitsInReturn,
)
from app.services.orders.marks import Marks, flag_order, packing_slip
from app.services.orders.paid_rows import discounted_units, given_lines
from app.services.orders.payment_owner import PAYMENT_OWNER, PLAN_OWNER, of_orders, stock_owner
from app.services.orders.place import PlaceOrder, place_order
from app.services.orders.read import (
    get_any_order,
    get_merchant_order,
    get_order,
    require_own,
)
from app.services.orders.refund import (
    WishPreview,
    close_dispute,
    preview_wish,
    request_refund,
)
from app.services.orders.refundable import Refundable, refundable
from app.services.orders.sale import sale_of
from app.services.orders.sellers import top_sellers

__all__ = [
    "BY_SHOPPER",
    "PAYMENT_OWNER",
    "PLAN_OWNER",
    "AlreadyShipped",
    "BankTransfer",
    "BeingPicked",
    "CannotReprice",
    "CartAlreadyOrdered",
    "DiscountedUnits",
    "FlashBusy",
    "GiftNotReturned",
    "IllegalTransition",
    "Marks",
    "OrderFilter",
    "PlaceOrder",
    "PlacedOrder",
    "PriceChanged",
    "ReferenceTaken",
    "RefundWish",
    "Refundable",
    "TooManyUnpaidOrders",
    "UnitsInReturn",
    "WishPreview",
    "after_sales",
    "approve_refund",
    "ask_refund",
    "begin_cancel",
    "cancel_order",
    "carriers",
    "centre",
    "changes",
    "charges",
    "chosen_address",
    "close_dispute",
    "discounted_units",
    "entry",
    "expire",
    "flag_order",
    "get_any_order",
    "get_merchant_order",
    "get_order",
    "given_lines",
    "group_orders",
    "history",
    "intake",
    "of_orders",
    "packing_slip",
    "place_order",
    "preview_wish",
    "prove_bank_transfer",
    "read_bank_transfer",
    "refund_lost",
    "refundable",
    "reject_refund",
    "request_refund",
    "require_own",
    "review",
    "routing",
    "sale_of",
    "shipping",
    "stock_owner",
    "tickets",
    "top_sellers",
]
