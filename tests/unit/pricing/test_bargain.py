"""Laws of the cuts of a bargain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.pricing.engine import next_cut

SEEDS = st.integers(min_value=0, max_value=2**62 - 1)
CUTS = st.integers(min_value=1, max_value=100)
SPARE = st.integers(min_value=0, max_value=10**12)


def cuts_of(seed, total_minor, cuts):
    """All cuts of a bargain, one after the other, each told what is left."""
    amounts = []
    for position in range(1, cuts + 1):
        left = total_minor - sum(amounts)
        amounts.append(next_cut(seed, position, left, cuts - position + 1))
    return amounts


@given(SEEDS, CUTS, SPARE)
def test_cuts_are_positive_and_sum_to_the_whole(seed, cuts, spare):
    amounts = cuts_of(seed, cuts + spare, cuts)
    assert len(amounts) == cuts
    assert min(amounts) >= 1
    assert sum(amounts) == cuts + spare


@given(SEEDS, CUTS, SPARE)
def test_the_same_seed_cuts_the_same(seed, cuts, spare):
    assert cuts_of(seed, cuts + spare, cuts) == cuts_of(seed, cuts + spare, cuts)


@given(SEEDS, CUTS, SPARE)
def test_no_cut_but_the_last_takes_more_than_twice_the_mean_of_what_is_left(seed, cuts, spare):
    left = cuts + spare
    for position, amount in enumerate(cuts_of(seed, left, cuts)[:-1]):
        assert amount <= 2 * left // (cuts - position)
        left -= amount


def test_cuts_of_a_known_seed_never_change():
    """Bargains that were started are cut by the amounts they would have been cut by."""
    assert cuts_of(7, 4_000, 3) == [522, 1823, 1655]


def test_seeds_differ():
    assert len({tuple(cuts_of(seed, 10_000, 5)) for seed in range(50)}) > 45


@pytest.mark.parametrize(("remaining", "cuts_left"), [(0, 1), (2, 3), (5, 0)])
def test_what_cannot_be_shared_is_refused(remaining, cuts_left):
    with pytest.raises(ValueError, match="cannot share"):
        next_cut(1, 1, remaining, cuts_left)
