"""Vocabulary of tickets: what went wrong with orders, and what shoppers have to say."""

from enum import StrEnum


class TicketKind(StrEnum):
    WRONG_INFO = "wrong_info"
    LOGISTICS_DELAY = "logistics_delay"
    LOST = "lost"
    REFUSED = "refused"
    STOCK = "stock"
    GOODS_OWED = "goods_owed"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


BY_SHOPPERS = frozenset({TicketKind.COMPLAINT, TicketKind.SUGGESTION})
"""Kinds that shoppers open themselves."""


class TicketState(StrEnum):
    """`waiting`: for the shopper's answer. `closed` is for good."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class TicketAction(StrEnum):
    """What staff do with a ticket. `claim` also takes one over from somebody else."""

    CLAIM = "claim"
    WAIT = "wait"
    RESUME = "resume"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    HOLD = "hold"
    RELEASE = "release"
