"""What expires first goes first."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.inventory import BatchState
from app.services.inventory.engine.batches import BatchLevel, is_sold, last_day, take, total

TODAY = date(2026, 11, 27)
DATES = st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1))
LEVELS = st.lists(
    st.builds(
        BatchLevel,
        st.uuids(),
        st.text("AB12", min_size=1, max_size=3),
        DATES,
        st.sampled_from(BatchState),
        st.integers(0, 20),
    ),
    max_size=6,
    unique_by=lambda level: level.batch_id,
)


def level(expires_on, state=BatchState.OPEN, pieces=5):
    return BatchLevel(UUID(int=1), "A", expires_on, state, pieces)


@given(LEVELS, st.integers(1, 60))
def test_all_that_can_be_taken_is_and_nothing_that_expires_later_before_what_expires_earlier(
    levels, pieces
):
    parts = take(levels, pieces)
    there = {each.batch_id: each for each in levels}
    assert total(parts) == min(pieces, sum(each.pieces for each in levels))
    assert all(0 < n <= there[batch_id].pieces for batch_id, n in parts)
    left = {each.batch_id: each.pieces for each in levels}
    for batch_id, n in parts:
        left[batch_id] -= n
    latest = max((there[b].expires_on or date.max for b, _ in parts), default=date.min)
    assert not any(n and (there[b].expires_on or date.max) < latest for b, n in left.items())


def test_a_batch_is_sold_until_the_day_before_it_expires_less_its_shelf_days():
    assert last_day(None, 9) is None
    assert last_day(TODAY, 0) == TODAY - timedelta(days=1)
    assert is_sold(level(TODAY + timedelta(days=1)), 0, TODAY)
    assert not is_sold(level(TODAY), 0, TODAY)
    assert is_sold(level(TODAY + timedelta(days=4)), 3, TODAY)
    assert not is_sold(level(TODAY + timedelta(days=3)), 3, TODAY)


def test_batches_that_are_kept_back_are_not_sold():
    states = [state for state in BatchState if is_sold(level(None, state), 0, TODAY)]
    assert states == [BatchState.OPEN]
