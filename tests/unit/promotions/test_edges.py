"""How long what is known of promotions stays true."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.promotions.engine import GATES, Context
from app.services.promotions.engine.edges import next_edge
from app.services.promotions.engine.times import TimeOfDay

from . import rules

HOURS = st.times().map(lambda each: each.replace(second=0, microsecond=0))
INSTANTS = st.integers(0, 366 * 86_400 * 10).map(
    lambda tenths: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=tenths / 10)
)
DAYS = st.sets(st.sampled_from("1234567")).map(lambda days: tuple(sorted(days)))


def at_hours(start: str, end: str, **more):
    return rules.promotion(
        "A", rules.amount_off(1), {"type": "time_of_day", "from": start, "to": end} | more
    )


def test_windows_have_edges_until_they_are_over() -> None:
    starts_at, ends_at = rules.NOON, rules.NOON + timedelta(days=1)
    windowed = rules.promotion("A", rules.amount_off(1), starts_at=starts_at, ends_at=ends_at)
    before = starts_at - timedelta(seconds=1)
    assert next_edge([windowed], before) == starts_at
    assert next_edge([windowed], starts_at) == ends_at
    assert next_edge([windowed], ends_at) is None


@pytest.mark.parametrize("hours", [-7, 0, 8])
def test_hours_have_edges_every_day(hours) -> None:
    at = datetime(2026, 9, 1, 12, 0, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    span = at_hours("20:00", "22:00")
    assert next_edge([span], at) == at + timedelta(hours=2)
    assert next_edge([span], at + timedelta(hours=2)) == at + timedelta(hours=24)


@given(HOURS, HOURS.filter(bool), DAYS, st.integers(-840, 840), INSTANTS, st.floats(0, 1))
def test_nothing_opens_or_closes_before_the_next_edge(start, end, days, offset, at, share) -> None:
    gate = TimeOfDay(start, end, offset, days)
    edge = gate.next_edge(at)
    between = at + (edge - at) * share
    assert at < edge <= at + timedelta(days=1)
    if between < edge and start != end:
        told = [gate.refusal(Context(currency="CNY", at=each)) for each in (at, between)]
        assert told[0] == told[1]


def test_only_hours_depend_on_the_time_by_themselves() -> None:
    """A new condition that looks at the clock has to say when it changes its mind."""
    assert [kind for kind, gate in GATES.items() if hasattr(gate, "next_edge")] == ["time_of_day"]
    looking = {kind for kind, gate in GATES.items() if "at" in gate.refusal.__code__.co_names}
    assert looking == {"time_of_day"}
