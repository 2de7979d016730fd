"""After sales: goods that come back, and money for goods that do not."""

from app.services.orders.after_sales.ask import (
    AskReturn,
    ReturnableLine,
    ask_return,
    preview_return,
    returnable,
)
from app.services.orders.after_sales.decide import (
    approve,
    cancel,
    claim,
    close,
    escalate,
    reject,
    release,
)
from app.services.orders.after_sales.errors import (
    InspectionExceeds,
    NotReturnable,
    PlatformDecides,
    ReturnClaimed,
    SeveralMerchants,
)
from app.services.orders.after_sales.goods import (
    Grades,
    close_due,
    inspect_goods,
    receive_goods,
    send_goods,
)
from app.services.orders.after_sales.read import ReturnFilter, get_return, list_returns
from app.services.orders.after_sales.settle import refund_return
from app.services.orders.engine.after_sales import IllegalReturnTransition

__all__ = [
    "AskReturn",
    "Grades",
    "IllegalReturnTransition",
    "InspectionExceeds",
    "NotReturnable",
    "PlatformDecides",
    "ReturnClaimed",
    "ReturnFilter",
    "ReturnableLine",
    "SeveralMerchants",
    "approve",
    "ask_return",
    "cancel",
    "claim",
    "close",
    "close_due",
    "escalate",
    "get_return",
    "inspect_goods",
    "list_returns",
    "preview_return",
    "receive_goods",
    "refund_return",
    "reject",
    "release",
    "returnable",
    "send_goods",
]
