"""All planted faults, by the part of the code they are planted in."""

from tests.planted.after_sales_faults import AFTER_SALES_FAULTS
from tests.planted.books_faults import BOOKS_FAULTS
from tests.planted.centre_faults import CENTRE_FAULTS
from tests.planted.charge_faults import CHARGE_FAULTS
from tests.planted.delivery_faults import DELIVERY_FAULTS
from tests.planted.engine_faults import ENGINE_FAULTS
from tests.planted.entry_faults import ENTRY_FAULTS
from tests.planted.exchange_faults import EXCHANGE_FAULTS
from tests.planted.fault import Fault
from tests.planted.gateway_faults import GATEWAY_FAULTS
from tests.planted.ground_faults import GROUND_FAULTS
from tests.planted.group_faults import GROUP_FAULTS
from tests.planted.guard_faults import GUARD_FAULTS
from tests.planted.hand_faults import HAND_FAULTS
from tests.planted.money_faults import MONEY_FAULTS
from tests.planted.order_review_faults import ORDER_REVIEW_FAULTS
from tests.planted.postage_faults import POSTAGE_FAULTS
from tests.planted.reconciliation_faults import RECONCILIATION_FAULTS
from tests.planted.refund_faults import REFUND_FAULTS
from tests.planted.review_faults import REVIEW_FAULTS
from tests.planted.routing_faults import ROUTING_FAULTS
from tests.planted.shelf_faults import SHELF_FAULTS
from tests.planted.shipping_faults import SHIPPING_FAULTS
from tests.planted.stock_faults import STOCK_FAULTS
from tests.planted.stored_faults import STORED_FAULTS
from tests.planted.webhook_faults import WEBHOOK_FAULTS
from tests.planted.wechatpay_faults import WECHATPAY_FAULTS

FAMILIES: dict[str, tuple[Fault, ...]] = {
    "ground": GROUND_FAULTS,
    "books": BOOKS_FAULTS,
    "engine": ENGINE_FAULTS,
    "guard": GUARD_FAULTS,
    "gateway": GATEWAY_FAULTS,
    "wechatpay": WECHATPAY_FAULTS,
    "refund": REFUND_FAULTS,
    "reconciliation": RECONCILIATION_FAULTS,
    "review": REVIEW_FAULTS,
    "hand": HAND_FAULTS,
    "money": MONEY_FAULTS,
    "stored": STORED_FAULTS,
    "order-review": ORDER_REVIEW_FAULTS,
    "routing": ROUTING_FAULTS,
    "shipping": SHIPPING_FAULTS,
    "delivery": DELIVERY_FAULTS,
    "after-sales": AFTER_SALES_FAULTS,
    "exchange": EXCHANGE_FAULTS,
    "postage": POSTAGE_FAULTS,
    "charge": CHARGE_FAULTS,
    "stock": STOCK_FAULTS,
    "shelf": SHELF_FAULTS,
    "entry": ENTRY_FAULTS,
    "centre": CENTRE_FAULTS,
    "group": GROUP_FAULTS,
    "webhook": WEBHOOK_FAULTS,
}
