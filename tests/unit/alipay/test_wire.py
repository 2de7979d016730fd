"""Yuan, Beijing time, keys and what a signature covers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.alipay import signing, wire
from tests.simulators.alipay import signature
from tests.simulators.pki import bare, key_pem, key_pkcs8, public_pem


@given(st.integers(1, 10**15 - 1))
def test_yuan_and_fen_are_exact_both_ways(amount_minor: int) -> None:
    assert wire.fen(wire.yuan(amount_minor)) == amount_minor


@given(st.integers(1, 10**13 - 1))
def test_shorter_spellings_mean_the_same(whole: int) -> None:
    assert wire.fen(str(whole)) == wire.fen(f"{whole}.0") == wire.fen(f"{whole}.00") == whole * 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".5",
        "1.",
        "1.005",
        "-1.00",
        "+1.00",
        "1e2",
        "NaN",
        " 1.00",
        "1.00\n",
        "１.00",
        "0x1",
        "1,000.00",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        wire.fen(text)


def test_nothing_and_less_cannot_be_asked_for() -> None:
    for amount_minor in (0, -1):
        with pytest.raises(ValueError, match="asked"):
            wire.yuan(amount_minor)


def test_time_is_beijings_wherever_we_are() -> None:
    at = datetime(2026, 12, 31, 17, 30, 5, tzinfo=UTC)
    assert wire.beijing(at) == "2027-01-01 01:30:05"
    assert wire.instant("2027-01-01 01:30:05") == at


def test_a_row_is_sorted_and_unescaped() -> None:
    fields = {"b": "2&3", "a": "茶 %20", "A": "1"}
    assert wire.row(fields) == "A=1&a=茶 %20&b=2&3"


@pytest.mark.parametrize("form", [key_pem, key_pkcs8])
def test_keys_are_read_in_every_form_they_are_given_out(form: object) -> None:
    pem = form("merchant")  # type: ignore[operator]
    message = "总价=1.00".encode()
    for text in (pem, bare(pem)):
        signed = signing.sign(signing.private_key(text), message)
        assert signed == signature("merchant", message)
    for text in (public_pem("merchant"), bare(public_pem("merchant"))):
        assert signing.is_signed(signing.public_key(text), message, signed)


@pytest.mark.parametrize("text", ["", "  ", "-----BEGIN PUBLIC KEY-----", "kein Schlüssel", "AAAA"])
def test_what_is_no_key_is_refused(text: str) -> None:
    for read in (signing.private_key, signing.public_key):
        with pytest.raises(ValueError):  # noqa: PT011 - the libraries' own words
            read(text)


def test_a_short_key_is_refused() -> None:
    for name, read in ((key_pem, signing.private_key), (public_pem, signing.public_key)):
        with pytest.raises(ValueError, match="2048"):
            read(name("short"))


@pytest.mark.parametrize("wrong", ["", "AAAA", "not base64", "ä"])
def test_a_wrong_signature_is_only_false(wrong: str) -> None:
    key = signing.public_key(public_pem("merchant"))
    assert not signing.is_signed(key, b"x", wrong)
