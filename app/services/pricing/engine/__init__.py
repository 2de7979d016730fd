"""Pricing engine: unit prices, tax and exact splitting. Pure functions of their arguments."""

from app.core.enums.pricing import TaxScope
from app.services.pricing.engine.allocate_runs import Share, allocate_runs, apportion_runs
from app.services.pricing.engine.bargain import next_cut
from app.services.pricing.engine.planned import (
    FoundPrice,
    Plan,
    PlannedPrice,
    RowFault,
    plan_of,
)
from app.services.pricing.engine.policy import WHOLE_BPS, Policy, floor_minor
from app.services.pricing.engine.price_stage import price_lines
from app.services.pricing.engine.price_table import BadTable, WantedPrice, read_table
from app.services.pricing.engine.reasons import ConsideredPrice, PriceReason, considered
from app.services.pricing.engine.stages import (
    DEFAULT_STAGES,
    MOST_STAGES,
    family,
    is_stage,
    stages_fault,
)
from app.services.pricing.engine.tax import TaxMode, line_taxes, tax_minor
from app.services.pricing.engine.types import (
    AGREED,
    BLOCK_ALL,
    GROUP_BUY,
    LIST_PRICE,
    Line,
    PriceContext,
    PricedLine,
    PriceOption,
    PriceRun,
)

__all__ = [
    "AGREED",
    "BLOCK_ALL",
    "DEFAULT_STAGES",
    "GROUP_BUY",
    "LIST_PRICE",
    "MOST_STAGES",
    "WHOLE_BPS",
    "BadTable",
    "ConsideredPrice",
    "FoundPrice",
    "Line",
    "Plan",
    "PlannedPrice",
    "Policy",
    "PriceContext",
    "PriceOption",
    "PriceReason",
    "PriceRun",
    "PricedLine",
    "RowFault",
    "Share",
    "TaxMode",
    "TaxScope",
    "WantedPrice",
    "allocate_runs",
    "apportion_runs",
    "considered",
    "family",
    "floor_minor",
    "is_stage",
    "line_taxes",
    "next_cut",
    "plan_of",
    "price_lines",
    "read_table",
    "stages_fault",
    "tax_minor",
]
