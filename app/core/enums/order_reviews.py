"""Vocabulary of reviewing orders before they leave."""

from enum import StrEnum


class ReviewEffect(StrEnum):
    """What a rule makes of an order. Of all that hold the hardest counts: reject, hold, pass."""

    PASS = "pass"  # noqa: S105 - an effect, not a password
    HOLD = "hold"
    REJECT = "reject"


class OrderReviewState(StrEnum):
    """`due`: the rules are still to be asked. `second`: another person has to agree.

    `passed` by the rules, `approved` by people; `withdrawn` because the order fell meanwhile.
    """

    DUE = "due"
    OPEN = "open"
    CLAIMED = "claimed"
    SECOND = "second"
    PASSED = "passed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


QUEUED = frozenset({OrderReviewState.OPEN, OrderReviewState.CLAIMED, OrderReviewState.SECOND})
"""States in which people have something to do."""


class OrderReviewAction(StrEnum):
    """What people do about a review."""

    CLAIM = "claim"
    RELEASE = "release"
    NOTE = "note"
    EDIT = "edit"
    APPROVE = "approve"
    REJECT = "reject"


class BlacklistKind(StrEnum):
    MEMBER = "member"
    PHONE = "phone"
    ADDRESS = "address"
