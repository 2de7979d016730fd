"""After sales: goods that come back, are repaired or sent once more, and money for the others."""

from app.services.orders.after_sales.ask import AskPreview, AskReturn, ask_return, preview_return
from app.services.orders.after_sales.charged import (
    follow_fee_unpaid,
    follow_moved,
    follow_return_paid,
)
from app.services.orders.after_sales.dearer import (
    ExchangeUnpaid,
    NothingToPay,
    charge_difference,
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
from app.services.orders.after_sales.eligible import ReturnableLine, returnable
from app.services.orders.after_sales.errors import (
    InspectionExceeds,
    KitPiecesDiffer,
    NothingRefused,
    NotReturnable,
    PlatformDecides,
    ReplacementLeft,
    ReplacementOutOfStock,
    ReturnClaimed,
    SeveralMerchants,
)
from app.services.orders.after_sales.fee import RepairUnpaid, ask_fee
from app.services.orders.after_sales.goods import (
    close_due,
    inspect_goods,
    receive_goods,
    send_goods,
)
from app.services.orders.after_sales.kit_pieces import Grades
from app.services.orders.after_sales.mend import mend
from app.services.orders.after_sales.postage import (
    PostageNotDue,
    declare_outlay,
    give_postage,
)
from app.services.orders.after_sales.read import ReturnFilter, get_return, list_returns
from app.services.orders.after_sales.replace import (
    call_off,
    follow_sent,
    release_exchange,
    replace,
)
from app.services.orders.after_sales.settle import refund_return
from app.services.orders.engine.after_sales import IllegalReturnTransition

__all__ = [
    "AskPreview",
    "AskReturn",
    "ExchangeUnpaid",
    "Grades",
    "IllegalReturnTransition",
    "InspectionExceeds",
    "KitPiecesDiffer",
    "NotReturnable",
    "NothingRefused",
    "NothingToPay",
    "PlatformDecides",
    "PostageNotDue",
    "RepairUnpaid",
    "ReplacementLeft",
    "ReplacementOutOfStock",
    "ReturnClaimed",
    "ReturnFilter",
    "ReturnableLine",
    "SeveralMerchants",
    "approve",
    "ask_fee",
    "ask_return",
    "call_off",
    "cancel",
    "charge_difference",
    "claim",
    "close",
    "close_due",
    "declare_outlay",
    "escalate",
    "follow_fee_unpaid",
    "follow_moved",
    "follow_return_paid",
    "follow_sent",
    "get_return",
    "give_postage",
    "inspect_goods",
    "list_returns",
    "mend",
    "preview_return",
    "receive_goods",
    "refund_return",
    "reject",
    "release",
    "release_exchange",
    "replace",
    "returnable",
    "send_goods",
]
