"""Coupon codes: how they are made and how typed ones are read."""

from collections.abc import Iterable

from pydantic import SecretStr

from app.core.ids import random_code
from app.core.security.secrets import derived_code, digest
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


def series_code(pepper: SecretStr, salt: bytes, number: int) -> str:
    """The code of a batch with this salt and number."""
    return derived_code(pepper, "coupon-series", salt, number)


def code_hash(pepper: SecretStr, code: str) -> bytes:
    """What is kept of a code as people type it; it cannot be turned back into the code."""
    return bytes.fromhex(digest(pepper, "coupon-code", normal(code)))


def normalised(codes: Iterable[str]) -> tuple[str, ...]:
    """Distinct codes in the order given. Raises `TooManyCoupons` beyond five."""
    found = tuple(dict.fromkeys(filter(None, map(normal, codes))))
    if len(found) > MAX_CODES:
        raise TooManyCoupons(f"Name at most {MAX_CODES} codes", maximum=MAX_CODES)
    return found
