"""Laws of what of a balance is the member's own and what was given."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.services.payments.engine.own_money import Move, Split, split

ORDERS = [UUID(int=each) for each in range(1, 4)]
AMOUNT = st.integers(1, 200)


@st.composite
def stories(draw):
    """Money comes, is given, spent, given back, asked for; never more than there is."""
    moves, available, spent = [], 0, dict.fromkeys(ORDERS, 0)
    for _ in range(draw(st.integers(1, 25))):
        what = draw(st.sampled_from(["in", "gift", "buy", "back", "ask"]))
        order, amount = draw(st.sampled_from(ORDERS)), draw(AMOUNT)
        if what == "in":
            moves.append(Move("top_up", None, amount, 0))
        elif what == "gift":
            moves.append(Move("top_up_bonus", None, amount, 0))
        elif what == "buy":
            amount = -min(amount, available)
            moves += [Move("hold", order, amount, -amount), Move("capture", order, 0, amount)]
            spent[order] -= amount
        elif what == "back":
            amount = min(amount, spent[order])
            moves.append(Move("refund_internal", order, amount, 0))
            spent[order] -= amount
        else:
            amount = -min(amount, split(moves).withdrawable(available))
            moves += [
                Move("withdrawal_asked", None, amount, -amount),
                Move("withdrawal_paid", None, 0, amount),
            ]
        available += amount
    return moves, available


@given(stories())
def test_both_parts_are_the_balance_and_never_below_zero(story):
    moves, available = story
    for end in range(len(moves) + 1):
        found = split(moves[:end])
        assert min(found) >= 0
    found = split(moves)
    assert sum(found) == available


@given(stories())
def test_no_way_round_turns_what_was_given_into_cash(story):
    """Paid out and still to be had is never more than came in and was not spent for good."""
    moves, available = story
    came = sum(each.available_minor for each in moves if each.kind == "top_up")
    paid_out = -sum(each.available_minor for each in moves if each.kind == "withdrawal_asked")
    assert paid_out + split(moves).withdrawable(available) <= came


@given(stories(), AMOUNT)
def test_buying_and_cancelling_changes_nothing(story, amount):
    moves, available = story
    amount, order = min(amount, available), UUID(int=9)
    bought = [Move("hold", order, -amount, amount), Move("capture", order, 0, -amount)]
    after = split([*moves, *bought, Move("refund_internal", order, amount, 0)])
    assert after == split(moves)


def test_own_money_is_spent_first():
    moves = [Move("top_up", None, 100, 0), Move("top_up_bonus", None, 20, 0)]
    order = [Move("hold", ORDERS[0], -110, 110), Move("capture", ORDERS[0], 0, -110)]
    assert split(moves) == Split(100, 20)
    assert split([*moves, *order]) == Split(0, 10)
    half = Move("refund_internal", ORDERS[0], 50, 0)
    assert split([*moves, *order, half]) == Split(40, 20)
    corrected = Move("balance_goodwill", None, -15, 0)
    assert split([*moves, corrected]) == Split(100, 5)


def test_what_an_order_holds_is_not_paid_out():
    moves = [Move("top_up", None, 100, 0), Move("hold", ORDERS[0], -80, 80)]
    assert split(moves).withdrawable(20) == 20
    released = Move("release", ORDERS[0], 80, -80)
    assert split([*moves, released]).withdrawable(100) == 100
