"""Amounts sorted into classes of 1, 2, 5, 10, 20, 50 …: few, and readable at every size."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from app.core.money import MAX_MINOR

BOUNDS: Final = tuple(step * 10**power for power in range(16) for step in (1, 2, 5))
"""Class k > 0 holds amounts above `BOUNDS[k - 2]` up to `BOUNDS[k - 1]`; -k the same below zero."""


class Bar(NamedTuple):
    """Orders between two bounds: above zero `(low, high]`, below it `[low, high)`."""

    low_minor: int
    high_minor: int
    orders: int


def bucket_of(amount_minor: int) -> int:
    """The class of an amount; 0 holds nothing but zero."""
    size = min(abs(amount_minor), MAX_MINOR)
    found = bisect_left(BOUNDS, size) + 1 if size else 0
    return -found if amount_minor < 0 else found


def edges_of(bucket: int) -> tuple[int, int]:
    """Between which amounts a class lies."""
    size = abs(bucket)
    if size == 0:
        return 0, 0
    low = BOUNDS[size - 2] if size > 1 else 0
    high = BOUNDS[size - 1]
    return (low, high) if bucket > 0 else (-high, -low)


def bars_of(counts: Mapping[str, int]) -> tuple[Bar, ...]:
    """Classes from the lowest to the highest that is not empty, with those between them.

    On either side of zero the empty ones next to it make one bar.
    """
    found = {int(bucket): count for bucket, count in counts.items()}
    below = [each for each in found if each < 0]
    above = [each for each in found if each > 0]
    bars = _side(found, below)
    if below and (above or 0 in found) and max(below) < -1:
        bars.append(Bar(edges_of(max(below))[1], 0, 0))
    if 0 in found or (below and above):
        bars.append(Bar(0, 0, found.get(0, 0)))
    if above and (below or 0 in found) and min(above) > 1:
        bars.append(Bar(0, edges_of(min(above))[0], 0))
    return (*bars, *_side(found, above))


def _side(found: Mapping[int, int], buckets: Sequence[int]) -> list[Bar]:
    if not buckets:
        return []
    return [
        Bar(*edges_of(each), found.get(each, 0)) for each in range(min(buckets), max(buckets) + 1)
    ]
