"""Pricing vocabulary."""

from enum import StrEnum


class PriceListKind(StrEnum):
    """`list` is the price every other price is compared with; the lowest eligible one wins."""

    LIST = "list"
    CHANNEL = "channel"
    MEMBER_TIER = "member_tier"
    FLASH = "flash"
