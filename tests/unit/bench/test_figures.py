"""Percentiles and medians of measurements."""

import pytest

from bench.figures import Figure, middle, percentile, ratio


@pytest.mark.parametrize(
    ("share", "expected"), [(0, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1, 100)]
)
def test_a_percentile_is_the_nearest_rank(share: float, expected: int) -> None:
    assert percentile(range(1, 101), share) == expected


def test_one_value_is_every_percentile() -> None:
    assert percentile([7.0], 0.01) == percentile([7.0], 0.99) == 7


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="of nothing"):
        percentile([], 0.5)


def test_a_share_is_no_percentage() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile([1.0], 99)


def test_a_figure_sorts_what_it_is_given() -> None:
    assert Figure.of([30.0, 10.0, 20.0], 2) == Figure(1.5, 20.0, 30.0, 3)


def test_the_middle_of_rounds_is_taken_value_by_value() -> None:
    rounds = [Figure(10, 3, 9, 100), Figure(30, 1, 7, 100), Figure(20, 2, 8, 100)]
    assert middle(rounds) == Figure(20, 2, 8, 300)


def test_a_ratio_to_nothing_is_nothing() -> None:
    assert ratio(1, 3) == 0.33
    assert ratio(1, 0) == 0
