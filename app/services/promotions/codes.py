"""Coupon codes: how they are made and how typed ones are read."""

from collections.abc import Iterable

from app.core.ids import random_code
from app.services.promotions.errors import TooManyCoupons

MAX_CODES = 5
"""Codes one cart may name."""

LENGTH = 16
"""Characters of a code, 5 random bits each: nobody guesses one."""


def new_code() -> str:
    return random_code(LENGTH)


def normal(code: str) -> str:
    """The code as it is stored: upper case, without the spaces and hyphens people type."""
    return "".join(code.split()).replace("-", "").upper()


def normalised(codes: Iterable[str]) -> tuple[str, ...]:
    """Distinct codes in the order given. Raises `TooManyCoupons` beyond five."""
    found = tuple(dict.fromkeys(filter(None, map(normal, codes))))
    if len(found) > MAX_CODES:
        raise TooManyCoupons(f"Name at most {MAX_CODES} codes", maximum=MAX_CODES)
    return found
