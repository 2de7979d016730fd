"""Every state of a stock document times every action, and who decides alone."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.inventory import AdjustmentState, StocktakeState
from app.services.inventory.engine.documents import (
    ADJUSTMENT,
    STOCKTAKE,
    AdjustmentAction,
    Difference,
    StocktakeAction,
    following,
    needs_second,
)

STOCKTAKES = {
    ("counting", "count"): "counting",
    ("counting", "submit"): "submitted",
    ("counting", "cancel"): "cancelled",
    ("submitted", "approve"): "posted",
    ("submitted", "reject"): "counting",
    ("submitted", "cancel"): "cancelled",
}
ADJUSTMENTS = {
    ("waiting", "approve"): "posted",
    ("waiting", "reject"): "rejected",
    ("waiting", "cancel"): "cancelled",
}


@pytest.mark.parametrize(("state", "action"), list(product(StocktakeState, StocktakeAction)))
def test_stocktakes_follow_their_table(state, action):
    assert following(STOCKTAKE, state, action) == STOCKTAKES.get((state, action))


@pytest.mark.parametrize(("state", "action"), list(product(AdjustmentState, AdjustmentAction)))
def test_adjustments_follow_their_table(state, action):
    assert following(ADJUSTMENT, state, action) == ADJUSTMENTS.get((state, action))


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([], False),
        ([Difference(10, 100, "CNY")], False),
        ([Difference(-11, 1, "CNY")], True),
        ([Difference(6, 1, "CNY"), Difference(-5, 1, "CNY")], True),
        ([Difference(1, 1_001, "CNY")], True),
        ([Difference(-1, 600, "CNY"), Difference(1, 600, "EUR")], False),
        ([Difference(-1, 600, "CNY"), Difference(1, 600, "CNY")], True),
        ([Difference(10, None, None)], False),
    ],
)
def test_large_differences_need_a_second_person(differences, expected):
    assert needs_second(differences, units=10, value_minor=1_000) == expected


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 500)), max_size=8), st.data())
def test_more_to_correct_never_needs_fewer_people(rows, data):
    differences = [Difference(n, cost, "CNY") for n, cost in rows]
    part = differences[: data.draw(st.integers(0, len(differences)))]
    if needs_second(part, units=40, value_minor=5_000):
        assert needs_second(differences, units=40, value_minor=5_000)
