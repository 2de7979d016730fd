"""Promotion engine: pure functions from a cart and promotions to a quote.

The price stage and inside-a-stage thresholds are not optimised over: the engine chooses the best
set of promotions for the prices the price stage gives (pricing specification 2.5).
"""

from app.services.promotions.engine.actions import ACTIONS
from app.services.promotions.engine.compatibility import broken_rule, hard_rule
from app.services.promotions.engine.conditions import GATES, THRESHOLDS
from app.services.promotions.engine.context import (
    DEFAULT_STAGES,
    Cart,
    Context,
    Customer,
    Objective,
)
from app.services.promotions.engine.parse import parse_rule
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
from app.services.promotions.engine.types import Coupon, GiftFact, Promotion, Quota, Rule, Stack

__all__ = [
    "ACTIONS",
    "DEFAULT_STAGES",
    "ENGINE_VERSION",
    "GATES",
    "THRESHOLDS",
    "Applied",
    "Cart",
    "Context",
    "Coupon",
    "Customer",
    "Gift",
    "GiftFact",
    "InvalidConfig",
    "LineQuote",
    "NextTier",
    "Objective",
    "Promotion",
    "Quota",
    "Quote",
    "Reason",
    "Rejected",
    "Rule",
    "Stack",
    "Totals",
    "UnitGroup",
    "broken_rule",
    "hard_rule",
    "parse_rule",
    "quote",
]
