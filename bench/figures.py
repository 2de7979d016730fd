"""Arithmetic of measurements: percentiles, medians, ratios."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of values sorted ascending; `share` is between 0 and 1."""
    if not ordered:
        raise ValueError("a percentile of nothing")
    if not 0 <= share <= 1:
        raise ValueError("a share is between 0 and 1")
    rank = -int(-len(ordered) * share // 1)  # rounded up
    return ordered[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one load gave: answers per second and milliseconds at two percentiles."""

    per_second: float
    p50_ms: float
    p99_ms: float
    count: int

    @classmethod
    def of(cls, latencies_ms: Sequence[float], seconds: float) -> "Figure":
        ordered = sorted(latencies_ms)
        return cls(
            per_second=round(len(ordered) / seconds, 1),
            p50_ms=round(percentile(ordered, 0.5), 2),
            p99_ms=round(percentile(ordered, 0.99), 2),
            count=len(ordered),
        )

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def middle(figures: Sequence[Figure]) -> Figure:
    """The median of each value over rounds of the same load."""
    return Figure(
        per_second=median(each.per_second for each in figures),
        p50_ms=median(each.p50_ms for each in figures),
        p99_ms=median(each.p99_ms for each in figures),
        count=sum(each.count for each in figures),
    )


def ratio(part: float, whole: float) -> float:
    """`part / whole` to two places; 0 when there is no whole."""
    return round(part / whole, 2) if whole else 0.0
