"""When goods arrive: cut-off, days of work, days on the road."""

from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta

_WEEK = 7


def arrives_on(
    placed_at: datetime,
    *,
    cutoff_minute: int,
    handling_days: int,
    works_on: AbstractSet[int],
    transit_days: int,
) -> date:
    """The day goods arrive that are ordered at the local time `placed_at`.

    After the cut-off, and on a day without work, the order counts for the next day of work.
    `handling_days` are days of work, `transit_days` days of the calendar. Raises `ValueError` if
    nobody ever works.
    """
    if not works_on & set(range(1, _WEEK + 1)):
        raise ValueError("somebody must work some day")
    day = placed_at.date()
    if placed_at.hour * 60 + placed_at.minute >= cutoff_minute:
        day += timedelta(days=1)
    day = _working(day, works_on)
    for _ in range(handling_days):
        day = _working(day + timedelta(days=1), works_on)
    return day + timedelta(days=transit_days)


def _working(day: date, works_on: AbstractSet[int]) -> date:
    while day.isoweekday() not in works_on:
        day += timedelta(days=1)
    return day
