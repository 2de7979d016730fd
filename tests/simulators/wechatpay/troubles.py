"""How an answer goes wrong on its way, or before it."""

from enum import StrEnum


class Trouble(StrEnum):
    """`lost` and what is below it happen after the platform did what it was asked."""

    DEAD = "dead"
    HTML = "html"
    SYSTEM_ERROR = "system_error"
    FREQUENT = "frequent"
    LOST = "lost"
    SLOW = "slow"
    LARGE = "large"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    STALE = "stale"
    CUT_OFF = "cut_off"


BEFORE = frozenset({Trouble.DEAD, Trouble.HTML, Trouble.SYSTEM_ERROR, Trouble.FREQUENT})
