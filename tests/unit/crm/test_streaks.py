"""Days in a row and what they bring."""

from datetime import date, timedelta

import pytest

from app.services.crm.engine import next_streak, points_of

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("last_on", "last", "streak"),
    [
        (None, 0, 1),
        (date(2026, 2, 28), 1, 2),
        (date(2026, 2, 28), 9, 10),
        (date(2026, 2, 27), 9, 1),
        (date(2025, 3, 1), 9, 1),
    ],
)
def test_a_day_missed_begins_anew(last_on: date | None, last: int, streak: int) -> None:
    assert next_streak(TODAY, last_on, last) == streak


def test_the_cycle_starts_again() -> None:
    assert [points_of([1, 2, 5], streak) for streak in range(1, 8)] == [1, 2, 5, 1, 2, 5, 1]


def test_coming_every_day_walks_the_cycle() -> None:
    streak, last_on, given = 0, None, []
    for day in range(5):
        today = TODAY + timedelta(days=day)
        streak = next_streak(today, last_on, streak)
        last_on = today
        given.append(points_of([0, 7], streak))
    assert given == [0, 7, 0, 7, 0]
