"""What expires first goes first."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.inventory import BatchState
from app.services.inventory.engine.batches import (
    BatchLevel,
    happened,
    is_sold,
    last_day,
    less,
    take,
    total,
)

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


@given(LEVELS, st.integers(1, 60), st.data())
def test_what_is_meant_first_is_taken_first(levels, pieces, data):
    meant = data.draw(
        st.dictionaries(st.sampled_from([each.batch_id for each in levels]), st.integers(0, 30))
        if levels
        else st.just({})
    )
    parts = take(levels, pieces, meant)
    found = dict(parts)
    there = {each.batch_id: each.pieces for each in levels}
    wanted = {key: min(n, there[key]) for key, n in meant.items()}
    assert len(found) == len(parts)
    assert total(parts) == min(pieces, sum(there.values()))
    assert all(0 < n <= there[key] for key, n in parts)
    of_meant = sum(min(n, found.get(key, 0)) for key, n in wanted.items())
    assert of_meant == min(pieces, sum(wanted.values()))
    left = less(levels, parts)
    assert sum(each.pieces for each in left) == sum(there.values()) - total(parts)


@given(LEVELS, LEVELS, st.integers(1, 60), st.integers(0, 60), st.integers(0, 9))
def test_what_has_happened_is_taken_from_what_there_was(shelf, frozen, pieces, free, days):
    found = happened(shelf, frozen, pieces, free=free, shelf_days=days, day=TODAY)
    of_shelf, thawed = total(found.shelf), total(found.frozen)
    lies = sum(each.pieces for each in shelf)
    assert of_shelf <= min(free, lies)
    assert of_shelf + thawed == min(pieces, min(free, lies) + sum(each.pieces for each in frozen))
    fit = [each for each in shelf if is_sold(each, days, TODAY)]
    sold = dict(found.shelf)
    beyond = of_shelf - sum(sold.get(each.batch_id, 0) for each in fit)
    assert beyond <= found.unfit <= beyond + thawed
    if found.unfit:
        # Nothing that may be sold is left while something else was.
        left = sum(each.pieces for each in fit) - (of_shelf - beyond)
        assert not left or of_shelf == free


def test_what_expired_since_was_sold_before_what_expires_later():
    yesterday = TODAY - timedelta(days=1)
    shelf = [level(TODAY + timedelta(days=9))]
    frozen = [BatchLevel(UUID(int=2), "B", TODAY, BatchState.OPEN, 2)]
    found = happened(shelf, frozen, 3, free=5, shelf_days=0, day=yesterday)
    assert (found.shelf, found.frozen, found.unfit) == (
        ((UUID(int=1), 1),),
        ((UUID(int=2), 2),),
        0,
    )
    late = happened(shelf, frozen, 6, free=5, shelf_days=0, day=TODAY)
    assert (total(late.shelf), total(late.frozen), late.unfit) == (5, 1, 1)
