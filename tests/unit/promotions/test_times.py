"""Hours and days of a promotion."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.services.promotions.engine import InvalidConfig

from . import rules

TEA = rules.line("TEA", 10_000)


def told(at: datetime, **more) -> dict[str, str]:
    condition = {"type": "time_of_day", "from": "20:00", "to": "22:00"} | more
    answer = rules.quote([TEA], rules.promotion("A", rules.amount_off(1), condition), at=at)
    return rules.reasons(answer)


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"),
    [(11, 59, False), (12, 0, True), (13, 59, True), (14, 0, False)],
)
def test_hours_are_those_of_china_unless_said_otherwise(hour, minute, is_open) -> None:
    reasons = told(datetime(2026, 9, 1, hour, minute, tzinfo=UTC))
    assert reasons == ({} if is_open else {"A": "NOT_ACTIVE"})


def test_the_zone_the_clock_is_told_in_does_not_matter() -> None:
    at = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
    for hours in (-7, 0, 8):
        assert told(at.astimezone(timezone(timedelta(hours=hours)))) == {}


@pytest.mark.parametrize(
    ("day", "hour", "is_open"),
    [(4, 23, True), (5, 1, True), (5, 3, False), (5, 23, False), (4, 1, False)],
)
def test_a_night_belongs_to_the_day_it_begins_on(day, hour, is_open) -> None:
    """Friday, 4 September 2026, from 22:00 to 02:00."""
    span = {"from": "22:00", "to": "02:00", "weekdays": ["5"], "utc_offset_minutes": 0}
    reasons = told(datetime(2026, 9, day, hour, tzinfo=UTC), **span)
    assert reasons == ({} if is_open else {"A": "NOT_ACTIVE"})


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"from": "25:00"}, "/condition/all/0/from"),
        ({"from": "20:00+08:00"}, "/condition/all/0/from"),
        ({"to": "20:00"}, "/condition/all/0/to"),
        ({"weekdays": ["0"]}, "/condition/all/0/weekdays"),
        ({"utc_offset_minutes": 1_000}, "/condition/all/0/utc_offset_minutes"),
    ],
)
def test_impossible_hours_are_refused(wrong, pointer) -> None:
    with pytest.raises(InvalidConfig) as refused:
        told(rules.NOON, **wrong)
    assert refused.value.pointer == pointer
