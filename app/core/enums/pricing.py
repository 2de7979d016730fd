"""Pricing vocabulary."""

from enum import StrEnum


class PriceListKind(StrEnum):
    """`list` is the price every other price is compared with; the lowest eligible one wins."""

    LIST = "list"
    CHANNEL = "channel"
    MEMBER_TIER = "member_tier"
    FLASH = "flash"


class Objective(StrEnum):
    """How the set of promotions is chosen (pricing specification 2.5)."""

    CUSTOMER_BEST = "customer_best"
    PRIORITY = "priority"


class TaxScope(StrEnum):
    """Where tax is rounded: on each line, or once per rate and then split over its lines."""

    LINE = "line"
    RATE_GROUP = "rate_group"
