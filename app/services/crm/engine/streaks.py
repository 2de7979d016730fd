"""Days in a row and what they bring."""

from collections.abc import Sequence
from datetime import date, timedelta

_DAY = timedelta(days=1)


def next_streak(today: date, last_on: date | None, last_streak: int) -> int:
    """Return the days in a row with today; coming yesterday goes on, anything else begins anew."""
    return last_streak + 1 if last_on is not None and last_on + _DAY == today else 1


def points_of(cycle: Sequence[int], streak: int) -> int:
    """Return the points of day `streak` in a row, from 1; after the cycle it starts again."""
    return cycle[(streak - 1) % len(cycle)]
