"""Why a candidate promotion was not applied: exactly one reason each, with its numbers."""

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    NOT_ACTIVE = "NOT_ACTIVE"
    CHANNEL = "CHANNEL"
    CODE_REQUIRED = "CODE_REQUIRED"
    IDENTITY_REQUIRED = "IDENTITY_REQUIRED"
    CUSTOMER_NOT_ELIGIBLE = "CUSTOMER_NOT_ELIGIBLE"
    PAYMENT_KIND = "PAYMENT_KIND"
    EXHAUSTED = "EXHAUSTED"
    BUDGET = "BUDGET"
    NO_MATCHING_ITEMS = "NO_MATCHING_ITEMS"
    GIFT_OUT_OF_STOCK = "GIFT_OUT_OF_STOCK"
    THRESHOLD_NOT_MET = "THRESHOLD_NOT_MET"
    ZERO_EFFECT = "ZERO_EFFECT"
    EXCLUDED = "EXCLUDED"
    DOMINATED = "DOMINATED"


class Refusal(NamedTuple):
    """A reason and its details as pairs, in the order they are shown."""

    reason: Reason
    detail: tuple[tuple[str, int | str], ...] = ()


class Gap(NamedTuple):
    """How much more goods a threshold wants; zeros where nothing is missing."""

    missing_minor: int = 0
    missing_quantity: int = 0

    def joined(self, other: "Gap") -> "Gap":
        """Return what closes both gaps, were the goods to count for both."""
        (minor, quantity), (other_minor, other_quantity) = self, other
        return Gap(max(minor, other_minor), max(quantity, other_quantity))

    def detail(self) -> tuple[tuple[str, int | str], ...]:
        told = []
        if self.missing_minor:
            told.append(("missing_minor", self.missing_minor))
        if self.missing_quantity:
            told.append(("missing_quantity", self.missing_quantity))
        return tuple(told)


NO_GAP = Gap()
