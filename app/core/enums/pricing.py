"""Pricing vocabulary."""

from enum import StrEnum


class PriceListKind(StrEnum):
    """`list` is the price every other price is compared with; the lowest eligible one wins.

    `b2b` prices are for the members named on the list, `group_buy` prices for carts of a group.
    """

    LIST = "list"
    CHANNEL = "channel"
    MEMBER_TIER = "member_tier"
    FLASH = "flash"
    B2B = "b2b"
    GROUP_BUY = "group_buy"


class Objective(StrEnum):
    """How the set of promotions is chosen: what saves the shopper most, or by `priority`."""

    CUSTOMER_BEST = "customer_best"
    PRIORITY = "priority"


class TaxScope(StrEnum):
    """Where tax is rounded: on each line, or once per rate and then split over its lines."""

    LINE = "line"
    RATE_GROUP = "rate_group"


class ShippingTax(StrEnum):
    """What rate a shipping fee is taxed at: none, the highest of the goods, or a fixed one."""

    NONE = "none"
    HIGHEST = "highest"
    FIXED = "fixed"


class FlashState(StrEnum):
    """Where a flash session stands. `stopped` is also what one is that was never activated."""

    STOPPED = "stopped"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"


class OfferState(StrEnum):
    """What is left of an offer: `held` may come back while unpaid orders have the last of it."""

    AVAILABLE = "available"
    HELD = "held"
    SOLD_OUT = "sold_out"


class ScheduleState(StrEnum):
    """What became of a planned change of prices; `applied` and `cancelled` are final."""

    PENDING = "pending"
    SCHEDULED = "scheduled"
    APPLIED = "applied"
    CANCELLED = "cancelled"


class LimitPeriod(StrEnum):
    """How long a purchase limit counts before it begins anew; `ever` never does."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    EVER = "ever"
