"""What an order is asked for besides: a difference that its shopper agrees to by paying it."""

from app.services.orders.charge_owner import CHARGES
from app.services.orders.charges.added import follow_added_cancelled, follow_added_paid
from app.services.orders.charges.ask import ChargePending, NewCharge, ask_charge
from app.services.orders.charges.close import (
    close_charge,
    expire_charges,
    follow_cancelled,
    give_back_due,
)
from app.services.orders.charges.pay import pay_charge
from app.services.orders.charges.read import (
    all_charges,
    earn_charge,
    get_charge,
    list_charges,
    order_of_charge,
)
from app.services.orders.charges.refund import RefundCharge, refund_charge
from app.services.orders.engine.charges import IllegalChargeTransition

__all__ = [
    "CHARGES",
    "ChargePending",
    "IllegalChargeTransition",
    "NewCharge",
    "RefundCharge",
    "all_charges",
    "ask_charge",
    "close_charge",
    "earn_charge",
    "expire_charges",
    "follow_added_cancelled",
    "follow_added_paid",
    "follow_cancelled",
    "get_charge",
    "give_back_due",
    "list_charges",
    "order_of_charge",
    "pay_charge",
    "refund_charge",
]
