"""Exact money: integer minor units plus an ISO 4217 currency. No float, no Decimal.

Every amount in the code base is an `int` of minor units (fen for CNY, yen for JPY) and says so in
its name: `total_minor`. Rates are integer basis points, `2_500` is 25 %.
"""

import re
from collections.abc import Hashable, Sequence
from typing import Protocol, Self, TypeVar

MAX_MINOR = 10**15
"""No single amount may exceed this; sums of a large order still fit a BIGINT."""

# Digits after the decimal point where they are not two (ISO 4217:2015, table A.1).
_NO_DIGITS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"}
    | {"VND", "VUV", "XAF", "XOF", "XPF"}
)
_THREE_DIGITS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))

_WRITTEN = re.compile(r"(\d{1,13})(?:\.(\d{1,20}))?", re.ASCII)


def exponent(currency: str) -> int:
    """Digits after the decimal point of `currency`: CNY 2, JPY 0, KWD 3."""
    if currency in _NO_DIGITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 2


def parse_minor(text: str, currency: str) -> int:
    """Minor units of an amount written in units, digit by digit: `12.3` CNY is 1230 fen.

    Nothing is rounded: a digit after the last that `currency` has must be a zero. Raises
    `ValueError` for anything but digits with a point between them: no sign, exponent or blank.
    """
    found = _WRITTEN.fullmatch(text)
    digits = exponent(currency)
    fraction = ((found[2] if found else None) or "").ljust(digits, "0")
    if found is None or fraction[digits:].strip("0"):
        raise ValueError(f"{text!r} is no amount in {currency}")
    return int(found[1] + fraction[:digits])


def round_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half up, for `numerator >= 0` and `denominator > 0`.

    Applied to a discount, so a price rounds half down (pricing specification 2.1).
    """
    return (2 * numerator + denominator) // (2 * denominator)


def share_bps(amount_minor: int, rate_bps: int) -> int:
    """`rate_bps` of `amount_minor`, rounded half up."""
    return (2 * amount_minor * rate_bps + 10_000) // 20_000


class _Sortable(Hashable, Protocol):
    def __lt__(self, other: Self, /) -> bool: ...


K = TypeVar("K", bound=_Sortable)


def allocate(
    total_minor: int, weights: Sequence[int], caps: Sequence[int], keys: Sequence[K]
) -> list[int]:
    """Split `total_minor` in proportion to `weights`, no share above its cap, nothing lost.

    Largest remainder with caps (pricing specification 2.6): shares that would exceed their cap
    are fixed at it and the rest is split again; each remaining share is rounded down and the
    spare units go one each by (remainder desc, weight desc, key asc). Keys must be distinct. The
    result does not depend on the order of the arguments. Raises `ValueError` when `total_minor`
    is negative or more than the caps of positive weights can take.
    """
    if not 0 <= total_minor <= sum([c for c, w in zip(caps, weights, strict=True) if w > 0]):
        raise ValueError(f"cannot allocate {total_minor} within the caps")
    if not total_minor:
        return [0] * len(weights)
    rest = total_minor
    whole = sum(weights)
    fixed: list[int] = []
    while capped := [i for i, weight in enumerate(weights) if rest * weight > caps[i] * whole]:
        # A share that is fixed no longer counts among the weights of those that are split.
        weights = [*weights]
        for i in capped:
            rest -= caps[i]
            whole -= weights[i]
            weights[i] = 0
        fixed += capped
    shares = apportion(rest, whole, weights, keys)
    for i in fixed:
        shares[i] = caps[i]
    return shares


def apportion(total_minor: int, whole: int, weights: Sequence[int], keys: Sequence[K]) -> list[int]:
    """Split `total_minor` like `allocate` where no cap is in the way; `whole` sums the weights."""
    if not total_minor:
        return [0] * len(weights)
    shares = [total_minor * weight // whole for weight in weights]
    spare = total_minor - sum(shares)
    if not spare:
        return shares
    lost = [total_minor * weight % whole for weight in weights]
    edge = sorted(lost, reverse=True)[spare - 1]
    ties = []
    for i, remainder in enumerate(lost):
        if remainder > edge:
            shares[i] += 1
            spare -= 1
        elif remainder == edge:
            ties.append((-weights[i], keys[i], i))
    ties.sort()
    for *_, i in ties[:spare]:
        shares[i] += 1
    return shares
