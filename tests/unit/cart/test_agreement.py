"""What a shopper agreed to, and what that covers."""

import pytest

from app.core.money import MAX_MINOR
from app.services.cart.engine import Agreement, agree, options_key

GOODS = [("tea", "", 2), ("pot", '{"engraving":"L"}', 1)]
MONEY = "ab" * 32


def seen(payable=9_000, *, goods=GOODS, gifts=(), money=MONEY, delivery="standard"):
    return agree(goods, gifts, money, delivery, payable)


def test_the_text_fits_and_reads_back():
    text = str(seen(MAX_MINOR))
    assert len(text) <= 64
    assert Agreement.parse(text) == seen(MAX_MINOR)


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
