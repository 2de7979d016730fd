"""Exact money: integer minor units plus an ISO 4217 currency. No float, no Decimal.

Every amount in the code base is an `int` of minor units (fen for CNY, yen for JPY) and says so in
its name: `total_minor`. Rates are integer basis points, `2_500` is 25 %.
"""

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


def exponent(currency: str) -> int:
    """Digits after the decimal point of `currency`: CNY 2, JPY 0, KWD 3."""
    if currency in _NO_DIGITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 2


def round_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half up, for `numerator >= 0` and `denominator > 0`.

    Applied to a discount, so a price rounds half down (pricing specification 2.1).
    """
    return (2 * numerator + denominator) // (2 * denominator)


def share_bps(amount_minor: int, rate_bps: int) -> int:
    """`rate_bps` of `amount_minor`, rounded half up."""
    return round_half_up(amount_minor * rate_bps, 10_000)


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
    shares = [0] * len(weights)
    active = [i for i, weight in enumerate(weights) if weight > 0]
    if not 0 <= total_minor <= sum([caps[i] for i in active]):
        raise ValueError(f"cannot allocate {total_minor} within the caps")
    rest = total_minor
    whole = sum([weights[i] for i in active])
    while capped := [i for i in active if rest * weights[i] > caps[i] * whole]:
        for i in capped:
            shares[i] = caps[i]
            rest -= caps[i]
            whole -= weights[i]
        fixed = set(capped)
        active = [i for i in active if i not in fixed]
    if not rest:
        return shares
    spare = rest
    by_remainder = []
    for i in active:
        shares[i], remainder = divmod(rest * weights[i], whole)
        spare -= shares[i]
        by_remainder.append((-remainder, -weights[i], keys[i], i))
    if spare:
        by_remainder.sort()
        for *_, i in by_remainder[:spare]:
            shares[i] += 1
    return shares
