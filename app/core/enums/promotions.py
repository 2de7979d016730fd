"""Promotion vocabulary."""

from enum import StrEnum


class PromotionStatus(StrEnum):
    """A scheduled promotion runs by itself inside its window; `ended` is final."""

    DRAFT = "draft"
    APPROVED = "approved"
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
