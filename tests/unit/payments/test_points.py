"""Points lots: first in, first out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import new_id
from app.services.payments.engine.points import GRACE, Lot, draw, renewed, total

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def lot(remaining: int, days: int) -> Lot:
    return Lot(new_id(), remaining, NOW + timedelta(days=days))


def test_the_lot_that_expires_first_is_used_first() -> None:
    late, early = lot(10, 9), lot(3, 1)
    drawn = draw([late, early], 5)
    assert [(each.lot_id, each.quantity) for each in drawn] == [(early.id, 3), (late.id, 2)]


def test_lots_that_hold_less_are_refused() -> None:
    with pytest.raises(ValueError, match="lack 1 points"):
        draw([lot(3, 1)], 4)


@given(st.lists(st.integers(1, 100), max_size=8), st.data())
def test_a_draw_takes_exactly_what_is_asked(held: list[int], data: st.DataObject) -> None:
    lots = [lot(each, day) for day, each in enumerate(held)]
    quantity = data.draw(st.integers(0, sum(held)))
    drawn = draw(lots, quantity)
    assert total(drawn) == quantity
    left = {each.id: each.remaining for each in lots}
    assert all(0 < each.quantity <= left[each.lot_id] for each in drawn)


def test_value_given_back_lives_at_least_the_grace() -> None:
    assert renewed(NOW - timedelta(days=10), NOW) == NOW + GRACE
    assert renewed(NOW + timedelta(days=400), NOW) == NOW + timedelta(days=400)
