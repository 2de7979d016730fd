"""What a shopper agreed to, and what that covers."""

import pytest

from app.core.money import MAX_MINOR
from app.services.cart.engine import Agreement, agree, options_key

GOODS = [("tea", "", 2), ("pot", '{"engraving":"L"}', 1)]
MONEY = "ab" * 32


WAITS = [("tea", 1, "until May"), ("pot", 1, "until June")]


def seen(payable=9_000, *, goods=GOODS, gifts=(), money=MONEY, delivery="standard", waits=()):
    return agree(goods, gifts, money, delivery, payable).waiting(waits)


def test_the_text_fits_and_reads_back():
    text = str(seen(MAX_MINOR))
    assert len(text) <= 64
    assert Agreement.parse(text) == seen(MAX_MINOR)


@pytest.mark.parametrize(
    ("now", "is_covered"),
    [
        (seen(waits=WAITS), True),
        (seen(waits=WAITS[::-1]), True),
        (seen(8_999), True),
        (seen(waits=[("tea", 2, "until May"), WAITS[1]]), False),
        (seen(waits=[("tea", 1, "until July"), WAITS[1]]), False),
        (seen(waits=WAITS[:1]), False),
        (seen(9_001), False),
    ],
)
def test_who_agreed_to_wait_agreed_to_wait_for_that_or_for_nothing(now, is_covered):
    agreed = Agreement.parse(str(seen(waits=WAITS)))
    assert agreed is not None
    assert agreed.covers(now) is is_covered
    assert not seen().covers(seen(1, waits=WAITS))


def test_texts_of_before_anything_waited_stand_for_what_is_there():
    old = Agreement.parse(f"{seen().goods}{'ab' * 4}-{seen().money}-{9_000:x}")
    assert old is not None
    assert old.covers(seen())
    assert not old.covers(seen(waits=WAITS))


def test_the_order_of_lines_does_not_matter():
    assert seen(goods=GOODS[::-1]) == seen()


@pytest.mark.parametrize(
    ("now", "is_covered"),
    [
        (seen(), True),
        (seen(money="cd" * 32), True),
        (seen(8_999, money="cd" * 32), True),
        (seen(9_001), False),
        (seen(goods=[("tea", "", 1)]), False),
        (seen(goods=[*GOODS, ("cup", "", 1)]), False),
        (seen(8_000, goods=[("tea", "", 2), ("pot", "", 1)]), False),
        (seen(delivery="courier"), False),
        (seen(8_000, gifts=[("cup", 1)]), False),
    ],
)
def test_the_same_goods_at_no_more_are_covered(now, is_covered):
    assert seen().covers(now) is is_covered


@pytest.mark.parametrize("text", ["", "x", "ab" * 32, str(seen()) + "0" * 20, str(seen()).upper()])
def test_other_texts_are_no_quote_hash(text):
    assert Agreement.parse(text) is None


def test_options_in_any_order_are_the_same_options():
    assert options_key({"a": "1", "b": "2"}) == options_key({"b": "2", "a": "1"})
    assert options_key({}) == ""


def test_values_cannot_pose_as_other_options():
    assert options_key({"a": '1","b":"2'}) != options_key({"a": "1", "b": "2"})


def test_options_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="longer"):
        options_key({"text": "x" * 400})
