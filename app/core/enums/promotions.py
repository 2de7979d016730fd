"""Promotion vocabulary."""

from enum import StrEnum


class PromotionStatus(StrEnum):
    """What people decided about a promotion; `ended` is final."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RUNNING = "running"
    ENDED = "ended"


class PromotionPhase(StrEnum):
    """The status as the clock sees it: a started promotion waits for its window, then is over."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"


class CouponState(StrEnum):
    AVAILABLE = "available"
    RESERVED = "reserved"
    CONSUMED = "consumed"
    EXPIRED = "expired"
    VOID = "void"


class UseState(StrEnum):
    RESERVED = "reserved"
    CONSUMED = "consumed"
    RELEASED = "released"
