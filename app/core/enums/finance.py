"""Finance vocabulary."""

from enum import StrEnum


class PeriodState(StrEnum):
    """`closing` takes no journals any more; it is closed once those under way have ended."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
