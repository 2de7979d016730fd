"""Promotion engine: pure functions from a cart and promotions to a quote.

The price stage and inside-a-stage thresholds are not optimised over: the engine chooses the best
set of promotions for the prices the price stage gives (pricing specification 2.5).
"""

from app.core.enums.pricing import Objective
from app.services.pricing.engine import DEFAULT_STAGES
from app.services.promotions.engine.actions import ACTIONS
from app.services.promotions.engine.compatibility import broken_rule, hard_rule
from app.services.promotions.engine.conditions import GATES, THRESHOLDS
from app.services.promotions.engine.context import Cart, Context, Customer
from app.services.promotions.engine.keeping import KeptQuote, keep_units
from app.services.promotions.engine.paid import PaidOrder, PaidUnits, paid_order
from app.services.promotions.engine.parse import parse_rule
from app.services.promotions.engine.placed import (
    Goods,
    PlacedOrder,
    Unquotable,
    candidates_then,
    cart_then,
    context_then,
    gift_facts,
    named_in,
    paid_then,
)
from app.services.promotions.engine.quote import ENGINE_VERSION, quote
from app.services.promotions.engine.quote_types import (
    Applied,
    Gift,
    LineQuote,
    NextTier,
    Quote,
    Rejected,
    Totals,
    UnitGroup,
)
from app.services.promotions.engine.reading import InvalidConfig
from app.services.promotions.engine.reasons import Reason
from app.services.promotions.engine.refund import UnitRefund, refund_units
from app.services.promotions.engine.types import (
    UNLIMITED,
    Coupon,
    GiftFact,
    Promotion,
    Quota,
    Rule,
    Stack,
)

__all__ = [
    "ACTIONS",
    "DEFAULT_STAGES",
    "ENGINE_VERSION",
    "GATES",
    "THRESHOLDS",
    "UNLIMITED",
    "Applied",
    "Cart",
    "Context",
    "Coupon",
    "Customer",
    "Gift",
    "GiftFact",
    "Goods",
    "InvalidConfig",
    "KeptQuote",
    "LineQuote",
    "NextTier",
    "Objective",
    "PaidOrder",
    "PaidUnits",
    "PlacedOrder",
    "Promotion",
    "Quota",
    "Quote",
    "Reason",
    "Rejected",
    "Rule",
    "Stack",
    "Totals",
    "UnitGroup",
    "UnitRefund",
    "Unquotable",
    "broken_rule",
    "candidates_then",
    "cart_then",
    "context_then",
    "gift_facts",
    "hard_rule",
    "keep_units",
    "named_in",
    "paid_order",
    "paid_then",
    "parse_rule",
    "quote",
    "refund_units",
]
