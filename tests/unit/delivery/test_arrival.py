"""When goods arrive."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.delivery.engine import arrives_on

WEEKDAYS = frozenset(range(1, 6))
FRIDAY = datetime(2026, 11, 27, 15, 59)  # noqa: DTZ001 - a clock on the wall


def arrives(at: datetime, **terms: object) -> date:
    values: dict[str, object] = {
        "cutoff_minute": 16 * 60,
        "handling_days": 0,
        "works_on": WEEKDAYS,
        "transit_days": 2,
    }
    return arrives_on(at, **(values | terms))  # type: ignore[arg-type]


def test_the_cut_off_is_a_minute() -> None:
    assert arrives(FRIDAY) == date(2026, 11, 29)
    assert arrives(FRIDAY + timedelta(minutes=1)) == date(2026, 12, 2)


def test_handling_counts_days_of_work_and_transit_every_day() -> None:
    assert arrives(FRIDAY, handling_days=1) == date(2026, 12, 2)
    assert arrives(FRIDAY, handling_days=1, works_on=frozenset(range(1, 8))) == date(2026, 11, 30)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - a clock on the wall
    st.integers(0, 1_440),
    st.integers(0, 10),
    st.sets(st.integers(1, 7), min_size=1),
    st.integers(0, 20),
)
def test_later_never_arrives_earlier(
    at: datetime, cutoff: int, handling: int, works_on: set[int], transit: int
) -> None:
    terms = {
        "cutoff_minute": cutoff,
        "handling_days": handling,
        "works_on": frozenset(works_on),
        "transit_days": transit,
    }
    day = arrives(at, **terms)
    assert day >= at.date() + timedelta(days=transit)
    assert day <= arrives(at + timedelta(hours=1), **terms)
    assert day <= arrives(at, **(terms | {"handling_days": handling + 1}))


def test_somebody_must_work() -> None:
    with pytest.raises(ValueError, match="work"):
        arrives(FRIDAY, works_on=frozenset())
