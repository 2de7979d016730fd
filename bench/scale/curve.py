"""A cost at several sizes of a shop, and how it grows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any

FLAT, LINEAR = 0.15, 0.5
"""Exponents `e` of `cost ~ size^e`: up to the first it is flat (or logarithmic), from the second on
it grows with the shop."""
SMALL = 500
"""So few rows and pages are no matter, however they came to be."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one request reads: rows that scans met, pages of 8 kB, milliseconds (middle of many)."""

    size: int
    statements: float
    rows: float
    pages: float
    ms: float


@dataclass(slots=True)
class Curve:
    """One request over the sizes, ascending."""

    name: str
    points: list[Point] = field(default_factory=list)
    ways: tuple[str, ...] = ()

    @property
    def exponent(self) -> float:
        """Of the rows or pages, whichever grows faster, between the last two sizes.

        What a plan reads until it has found a page depends on how rare the wanted is, not on how
        much there is: it grows at first and then no more.
        """
        if len(self.points) == 1 or max(self.points[-1].rows, self.points[-1].pages) < SMALL:
            return 0.0
        first, last = self.points[-2:]
        return max(
            _exponent(first.size, last.size, first.rows, last.rows),
            _exponent(first.size, last.size, first.pages, last.pages),
        )

    @property
    def kind(self) -> str:
        if not self.points[-1].statements:
            return ""  # only its time was taken
        if self.exponent <= FLAT:
            return "flat"
        return "slow" if self.exponent < LINEAR else "GROWS"

    def plain(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "exponent": round(self.exponent, 3),
            "ways": self.ways,
            "points": [
                {
                    "size": each.size,
                    "statements": each.statements,
                    "rows": each.rows,
                    "pages": each.pages,
                    "ms": round(each.ms, 2),
                }
                for each in self.points
            ],
        }


def _exponent(smaller: float, larger: float, least: float, most: float) -> float:
    return log(max(most, 1) / max(least, 1)) / log(larger / smaller)


def lines(curves: Sequence[Curve], sizes: Sequence[int]) -> list[str]:
    """A table: rows, pages and milliseconds at each size, then the verdict."""
    heads = "".join(f"{f'{size:,}':>28}" for size in sizes)
    shown = [f"{'rows / pages / ms at':<36}{heads}"]
    for each in curves:
        cells = "".join(
            f"{f'{point.rows:,.0f} / {point.pages:,.0f} / {point.ms:.1f}':>28}"
            for point in each.points
        )
        shown.append(f"{each.name:<36}{cells}  {each.kind}")
    return shown
