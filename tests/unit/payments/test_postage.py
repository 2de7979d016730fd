"""Return postage in a refund: kept from its money alone, given as the member's own."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.payments import TenderKind
from app.services.payments.engine.own_money import Move, Split, split
from app.services.payments.engine.withholding import NOTHING, withhold

ORDER = UUID(int=1)
PARTS = st.lists(
    st.tuples(st.sampled_from([*TenderKind]), st.integers(1, 5_000)), min_size=1, max_size=5
)


@given(
    parts=PARTS, missing=st.integers(0, 4_000), value=st.integers(1, 3), owed=st.integers(0, 9_000)
)
def test_as_much_is_kept_as_there_is_money_and_never_points(parts, missing, value, owed):
    before = withhold(missing, value, parts)
    after = before.with_postage(owed, parts)
    money = sum(minor for kind, minor in parts if kind is not TenderKind.POINTS)
    assert after.points == before.points
    assert after.postage_minor == min(owed, money - before.points * value)
    lacking = [after.off(place) for place in range(len(parts))]
    assert sum(lacking) == before.points * value + after.postage_minor
    for place, (kind, minor) in enumerate(parts):
        most = 0 if kind is TenderKind.POINTS else minor
        assert before.off(place) <= lacking[place] <= most


def test_the_last_part_lacks_it_first():
    parts = [(TenderKind.GIFT_CARD, 500), (TenderKind.BALANCE, 300), (TenderKind.POINTS, 200)]
    assert NOTHING.with_postage(400, parts).by_part == (100, 300, 0)
    assert NOTHING.with_postage(0, parts) is NOTHING


def test_what_was_laid_out_is_own_money_whatever_the_order_was_paid_with():
    """Of an order paid with given money a refund gives that back first; postage does not."""
    paid = [
        Move("balance_goodwill", None, 1_000, 0),
        Move("plan_captured", ORDER, -1_000, 0),
    ]
    assert split([*paid, Move("refund_internal", ORDER, 300, 0)]) == Split(0, 300)
    assert split([*paid, Move("return_postage", ORDER, 300, 0)]) == Split(300, 0)
