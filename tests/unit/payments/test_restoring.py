"""Points that come back and points that have to go (payments 3.5)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import new_id
from app.services.payments.engine.points import GRACE
from app.services.payments.engine.restoring import Used, clawback, earned, points_due, restore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FAR = NOW + timedelta(days=300)


def used(quantity: int, days: int, *, is_shared: bool = False) -> Used:
    return Used(new_id(), quantity, NOW + timedelta(days=days), is_shared)


@given(st.integers(1, 10_000), st.integers(1, 500), st.data())
def test_inv_13_steps_restore_exactly_the_points_used(amount, points, data) -> None:
    steps = data.draw(st.lists(st.integers(0, amount), max_size=6))
    restored = 0
    for refunded in sorted(steps):
        due = points_due(refunded, amount, points, restored)
        assert due >= 0
        restored += due
    assert restored + points_due(amount, amount, points, restored) == points


def test_points_return_to_the_lots_that_expire_last() -> None:
    late, early = used(10, 300), used(5, 200)
    back = restore([early, late], 12, NOW)
    assert [(each.lot_id, each.quantity) for each in back] == [(late.lot_id, 10), (early.lot_id, 2)]
    assert [each.expires_at for each in back] == [late.expires_at, early.expires_at]


def test_m24_points_of_an_expired_lot_live_a_grace_longer() -> None:
    (back,) = restore([used(5, -40)], 5, NOW)
    assert back.expires_at == NOW + GRACE
    assert not back.is_apart


def test_other_points_of_the_lot_do_not_live_longer_for_it() -> None:
    (back,) = restore([used(5, 10, is_shared=True)], 5, NOW)
    assert back.is_apart
    (back,) = restore([used(5, 300, is_shared=True)], 5, NOW)
    assert not back.is_apart


def test_more_points_than_were_used_are_refused() -> None:
    with pytest.raises(ValueError, match="2 more points"):
        restore([used(5, 10)], 7, NOW)


@given(
    st.integers(0, 100_000),
    st.integers(1, 1_000),
    st.lists(st.integers(0, 30_000), max_size=5),
)
def test_inv_19_steps_claw_back_what_is_no_longer_earned(eligible, per, steps) -> None:
    returned = taken = 0
    for step in steps:
        now = min(step, eligible - returned)
        back = clawback(eligible, per, returned, now)
        assert back >= 0
        taken += back
        returned += now
        assert taken == earned(eligible, per) - earned(eligible - returned, per)
    assert taken + clawback(eligible, per, returned, eligible - returned) == earned(eligible, per)
