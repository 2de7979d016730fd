"""Vocabulary of what brings shoppers back."""

from enum import StrEnum


class LotteryStatus(StrEnum):
    """Only a draft is edited, only an active one is drawn in, an ended one stays so."""

    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


class PrizeKind(StrEnum):
    """What a draw may win."""

    POINTS = "points"
    COUPON = "coupon"
    NOTHING = "nothing"
