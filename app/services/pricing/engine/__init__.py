"""Pricing engine: unit prices, tax and exact splitting. Pure functions of their arguments."""

from app.services.pricing.engine.allocate_runs import Share, allocate_runs
from app.services.pricing.engine.price_stage import price_lines
from app.services.pricing.engine.tax import TaxMode, TaxScope, line_taxes, tax_minor
from app.services.pricing.engine.types import (
    BLOCK_ALL,
    LIST_PRICE,
    Line,
    PriceContext,
    PricedLine,
    PriceOption,
    PriceRun,
)

__all__ = [
    "BLOCK_ALL",
    "LIST_PRICE",
    "Line",
    "PriceContext",
    "PriceOption",
    "PriceRun",
    "PricedLine",
    "Share",
    "TaxMode",
    "TaxScope",
    "allocate_runs",
    "line_taxes",
    "price_lines",
    "tax_minor",
]
