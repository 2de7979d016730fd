"""Laws of splitting an amount (PR-13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import allocate, exponent, round_half_up, share_bps
from app.services.pricing.engine import allocate_runs

AMOUNTS = st.integers(0, 2_000)


@st.composite
def splits(draw):
    """Return (total, weights, caps, keys) that can be split."""
    parts = draw(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 300)), min_size=1))
    weights, caps = [w for w, _ in parts], [c for _, c in parts]
    most = sum(cap for weight, cap in parts if weight)
    total = draw(st.one_of(st.integers(0, most), st.just(most), st.just(max(0, most - 1))))
    return total, weights, caps, draw(st.permutations(range(len(parts))))


@given(splits())
def test_shares_sum_to_the_total_within_their_caps(split) -> None:
    total, weights, caps, keys = split
    shares = allocate(total, weights, caps, keys)
    assert sum(shares) == total
    for share, weight, cap in zip(shares, weights, caps, strict=True):
        assert 0 <= share <= cap
        assert weight or not share


@given(st.lists(st.integers(0, 50), min_size=1).filter(any), AMOUNTS)
def test_shares_are_less_than_one_off_the_quota_where_no_cap_binds(weights, total) -> None:
    shares = allocate(total, weights, [total] * len(weights), range(len(weights)))
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * whole - total * weight) < whole


@given(splits(), st.data())
def test_the_order_of_arguments_does_not_matter(split, data) -> None:
    total, *columns = split
    order = data.draw(st.permutations(range(len(columns[0]))))
    moved = [[column[i] for i in order] for column in columns]
    shares = allocate(total, *columns)
    assert allocate(total, *moved) == [shares[i] for i in order]


@given(splits())
def test_a_capped_share_is_passed_on_in_proportion(split) -> None:
    """Where a share stays under its cap it is within one of its part of what others leave."""
    total, weights, caps, keys = split
    shares = allocate(total, weights, caps, keys)
    free = [i for i, share in enumerate(shares) if share < caps[i] and weights[i]]
    whole = sum(weights[i] for i in free)
    rest = sum(shares[i] for i in free)
    for i in free:
        assert abs(shares[i] * whole - rest * weights[i]) < 2 * whole


@pytest.mark.parametrize(
    ("total", "weights", "caps", "shares"),
    [
        (100, (1, 1, 1), (100, 100, 100), [34, 33, 33]),
        (1_000, (999, 501, 250), (999, 501, 250), [571, 286, 143]),
        (600, (1_000, 1_000, 1_000), (50, 1_000, 1_000), [50, 275, 275]),
        (2, (1, 1, 4), (9, 9, 9), [0, 0, 2]),
        (1, (1, 3, 2), (1, 1, 1), [0, 1, 0]),
        (0, (0, 0), (0, 0), [0, 0]),
        (5, (0, 1), (9, 5), [0, 5]),
    ],
)
def test_worked_splits(total, weights, caps, shares) -> None:
    assert allocate(total, weights, caps, range(len(weights))) == shares


@pytest.mark.parametrize(("total", "weights", "caps"), [(-1, (1,), (1,)), (2, (1, 0), (1, 9))])
def test_what_cannot_be_split_is_refused(total, weights, caps) -> None:
    with pytest.raises(ValueError, match="cannot allocate"):
        allocate(total, weights, caps, range(len(weights)))
    with pytest.raises(ValueError, match="cannot allocate"):
        allocate_runs(total, [(1, w, c) for w, c in zip(weights, caps, strict=True)])


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 9), st.integers(0, 40)), min_size=1),
    st.data(),
)
def test_splitting_over_runs_is_splitting_over_their_units(runs, data) -> None:
    most = sum(count * cap for count, weight, cap in runs if weight)
    total = data.draw(st.one_of(st.integers(0, most), st.just(most)))
    shares = allocate_runs(total, runs)
    units = [(weight, cap) for count, weight, cap in runs for _ in range(count)]
    single = allocate(total, [w for w, _ in units], [c for _, c in units], range(len(units)))
    grouped = [
        each + (index < extra)
        for (each, extra), (count, _, _) in zip(shares, runs, strict=True)
        for index in range(count)
    ]
    assert grouped == single


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_half_goes_up(numerator, denominator) -> None:
    rounded = round_half_up(numerator, denominator)
    assert -denominator <= 2 * (numerator - rounded * denominator) < denominator


def test_rates_and_exponents() -> None:
    assert [share_bps(amount, 1_000) for amount in (124, 125, 126)] == [12, 13, 13]
    assert [exponent(currency) for currency in ("CNY", "JPY", "KWD")] == [2, 0, 3]
