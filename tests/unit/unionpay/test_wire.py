"""Numbers, times and forms of UnionPay."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.unionpay import wire
from app.core.ids import id_at, new_id

NAMES = st.text("abcXYZ09", min_size=1, max_size=8)
VALUES = st.lists(
    st.text(st.characters(exclude_characters="&{}[]", exclude_categories=("Cs",)), max_size=9)
    | st.text("a&=b", max_size=5).map("{{{}}}".format)
    | st.text("a&=b", max_size=5).map("[{}]".format),
    max_size=4,
).map("".join)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_an_answer_is_read_back_as_it_was_written(fields: dict[str, str]) -> None:
    assert wire.fields_of("&".join(f"{k}={v}" for k, v in fields.items())) == fields


@pytest.mark.parametrize(
    "body", ["a", "<html>", "a=1&a=2", "a=[1", "a={1&b=2", "=1", "a=1&&b=2", "a=1&b"]
)
def test_what_is_no_answer_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="no answer"):
        wire.fields_of(body)


def test_a_large_answer_is_read_in_no_time() -> None:
    assert len(wire.fields_of(f"a={'x[y]' * 500_000}&b=1")["a"]) == 2_000_000
    with pytest.raises(ValueError, match="no answer"):
        wire.fields_of(f"a={'{}' * 200_000}[")


def test_the_time_of_an_order_is_in_its_number() -> None:
    at = datetime(2026, 11, 25, 16, 0, 1, 500_000, tzinfo=UTC)
    number = id_at(at).hex
    assert wire.stamp(wire.ordered_at(number)) == "20261126000001"
    assert wire.instant("20261126000001") == at.replace(microsecond=0)
    for other in ("f" * 32, "R1", ""):
        with pytest.raises(ValueError):  # noqa: PT011 - some words are the library's
            wire.ordered_at(other)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("R261126-ABCDEFGH-1", "R261126ABCDEFGH1"),
        ("0" * 32, "0" * 32),
    ],
)
def test_our_numbers_are_kept_where_they_fit(number: str, expected: str) -> None:
    assert wire.order_id(number) == expected


@given(st.text(max_size=40))
def test_every_number_fits_somehow(number: str) -> None:
    for prefix in ("", "V"):
        made = wire.order_id(number, prefix)
        assert made.isalnum()
        assert made.isascii()
        assert 8 <= len(made) <= 32
    assert wire.order_id(number) != wire.order_id(number, "V")


def test_a_whole_number_with_a_prefix_is_another_one() -> None:
    number = new_id().hex
    assert wire.order_id(number, "V") not in {number, wire.order_id(number)}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 25, 14, 59, 59, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 11, 25, 15, 0, 0, tzinfo=UTC), date(2026, 11, 26)),
    ],
)
def test_a_clearing_day_begins_at_eleven_in_the_evening(at: datetime, day: date) -> None:
    assert wire.clearing_day(at) == day


@pytest.mark.parametrize("text", ["", "-1", "1.00", "1e3", " 1", "１", "1" * 13])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        wire.amount(text)


def test_empty_fields_and_the_signature_do_not_count() -> None:
    assert wire.row({"b": "2", "a": "", "signature": "s", "A": "茶&"}) == "A=茶&&b=2"
