"""What a refund lacks for points that are spent: whole points, never more than goes back."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.payments import TenderKind
from app.services.payments.engine.restoring import clawback, earned
from app.services.payments.engine.withholding import withhold

PARTS = st.lists(st.tuples(st.sampled_from(TenderKind), st.integers(1, 10_000)), max_size=5)


@given(missing=st.integers(0, 5_000), value=st.integers(1, 200), parts=PARTS)
def test_whole_points_come_off_the_last_parts_and_never_off_points(
    missing: int, value: int, parts: list[tuple[TenderKind, int]]
) -> None:
    found = withhold(missing, value, parts)
    assert sum(found.by_part) == found.points * value
    assert all(0 <= off <= amount for off, (_, amount) in zip(found.by_part, parts, strict=True))
    room = [
        0 if kind is TenderKind.POINTS else amount - off
        for off, (kind, amount) in zip(found.by_part, parts, strict=True)
    ]
    assert found.points == missing or sum(room) < value, "as many as there is money for"
    touched = [place for place, off in enumerate(found.by_part) if off]
    assert not any(room[place + 1] for place in touched if place + 1 < len(room)), "last first"
    assert not any(
        off
        for off, (kind, _) in zip(found.by_part, parts, strict=True)
        if kind is TenderKind.POINTS
    )


@given(
    eligible=st.integers(0, 5_000),
    per=st.integers(1, 300),
    value=st.integers(1, 20),
    available=st.integers(0, 100),
    steps=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 100)), max_size=8),
)
def test_inv_19_over_many_refunds_every_point_is_taken_withheld_or_owed(
    eligible: int, per: int, value: int, available: int, steps: list[tuple[int, int]]
) -> None:
    """Whatever the steps and whatever is earned or spent between them."""
    returned = gone = paid = 0
    for wanted, more in steps:
        now = min(wanted, eligible - returned)
        claimed = clawback(eligible, per, returned, now)
        available += more
        taken = min(available, claimed)
        found = withhold(claimed - taken, value, [(TenderKind.GATEWAY, now)] if now else [])
        owed = claimed - taken - found.points
        assert owed >= 0
        available -= taken
        returned += now
        gone += taken + found.points + owed
        paid += now - sum(found.by_part)
        assert 0 <= paid <= returned
    assert gone == earned(eligible, per) - earned(eligible - returned, per)
