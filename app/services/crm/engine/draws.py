"""Which prize a roll falls on."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

WHOLE_PPM: Final = 1_000_000
"""The odds of all prizes together: so many rolls there are."""


def rolled(odds_ppm: Sequence[int], roll: int) -> int:
    """Return the index of the prize `roll` falls on, from 0 to `WHOLE_PPM` - 1.

    Each prize has as many rolls as its odds, in order; one without odds has none. Raises
    `ValueError` for odds that are negative or do not sum to the whole, and for any other roll.
    """
    if min(odds_ppm, default=0) < 0 or sum(odds_ppm) != WHOLE_PPM:
        raise ValueError("the odds do not sum to the whole")
    if not 0 <= roll < WHOLE_PPM:
        raise ValueError("there is no such roll")
    return bisect_right(list(accumulate(odds_ppm)), roll)


def draws_left(
    used: int, used_today: int, *, per_member: int | None, per_day: int | None
) -> int | None:
    """Return how often a member may still draw today; None without limits."""
    left = [
        max(most - times, 0)
        for most, times in ((per_member, used), (per_day, used_today))
        if most is not None
    ]
    return min(left, default=None)
