"""Promotion vocabulary."""

from enum import StrEnum
from typing import Final

MOST_ORDERS: Final = 100
"""Earlier orders of a customer are counted to here: who has more has as many."""


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


class CouponBatchKind(StrEnum):
    """How the coupons of a batch reach members."""

    CLAIM = "claim"
    PUBLIC_CODE = "public_code"
    CODES = "codes"
    TARGETED = "targeted"
    AUTOMATIC = "automatic"
    PRIZE = "prize"


class CouponBatchState(StrEnum):
    """`making` until the worker is done; `exported` says that its codes were shown."""

    MAKING = "making"
    MADE = "made"
    EXPORTED = "exported"
    FROZEN = "frozen"
    VOIDED = "voided"


class CouponTrigger(StrEnum):
    """What makes an automatic batch give a coupon."""

    REGISTERED = "registered"
    ORDER_PAID = "order_paid"


class UseState(StrEnum):
    RESERVED = "reserved"
    CONSUMED = "consumed"
    RELEASED = "released"


class ActivityState(StrEnum):
    """What shoppers are told of a promotion; sold out when nothing is left of its limits."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    SOLD_OUT = "sold_out"
    ENDED = "ended"
