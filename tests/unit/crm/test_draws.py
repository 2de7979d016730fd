"""Which prize a roll falls on, for any odds."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.crm.engine import WHOLE_PPM, draws_left, rolled


@st.composite
def odds(draw: st.DrawFn) -> list[int]:
    cuts = draw(st.lists(st.integers(0, WHOLE_PPM), max_size=9).map(sorted))
    return [after - before for before, after in pairwise([0, *cuts, WHOLE_PPM])]


@given(odds(), st.integers(0, WHOLE_PPM - 1))
def test_a_roll_falls_within_the_odds_of_its_prize(each: list[int], roll: int) -> None:
    index = rolled(each, roll)
    before = sum(each[:index])
    assert before <= roll < before + each[index]


@given(odds())
def test_every_prize_has_the_first_and_the_last_of_its_rolls(each: list[int]) -> None:
    for index, odds_ppm in enumerate(each):
        if odds_ppm:
            first = sum(each[:index])
            assert rolled(each, first) == index
            assert rolled(each, first + odds_ppm - 1) == index


def test_all_rolls_together_are_the_odds() -> None:
    each = [0, 1, 0, 249_999, 750_000, 0]
    found = Counter(rolled(each, roll) for roll in range(0, WHOLE_PPM, 1))
    assert found == {1: 1, 3: 249_999, 4: 750_000}


@pytest.mark.parametrize("wrong", [[], [999_999], [1_000_001], [-1, 1_000_001]])
def test_odds_that_are_no_whole_are_refused(wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="odds"):
        rolled(wrong, 0)


@pytest.mark.parametrize("roll", [-1, WHOLE_PPM])
def test_there_is_no_other_roll(roll: int) -> None:
    with pytest.raises(ValueError, match="roll"):
        rolled([WHOLE_PPM], roll)


@pytest.mark.parametrize(
    ("used", "today", "per_member", "per_day", "left"),
    [
        (0, 0, None, None, None),
        (9, 2, None, 3, 1),
        (9, 2, 10, 3, 1),
        (9, 0, 10, 3, 1),
        (5, 3, 10, 3, 0),
        (11, 4, 10, 3, 0),
    ],
)
def test_the_nearest_limit_counts(used, today, per_member, per_day, left) -> None:
    assert draws_left(used, today, per_member=per_member, per_day=per_day) == left
