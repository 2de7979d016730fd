"""API keys, refresh tokens and codes."""

import re

import pytest
from pydantic import SecretStr

from app.core.security import secrets

PEPPER = SecretStr("p" * 32)


def test_an_api_key_has_a_prefix_an_id_a_secret_and_a_checksum() -> None:
    key = secrets.new_api_key()
    assert re.fullmatch(r"sk_live_[0-9A-Za-z]{46}", key.text)
    assert key.text[8:16] == key.key_id
    assert secrets.api_key_id(key.text) == key.key_id


def test_a_mistyped_key_is_known_for_one_without_looking() -> None:
    text = secrets.new_api_key().text
    for place in range(8, len(text)):
        other = "x" if text[place] != "x" else "y"
        assert secrets.api_key_id(text[:place] + other + text[place + 1 :]) is None


@pytest.mark.parametrize(
    "text",
    ["", "sk_live_", "sk_test_" + "a" * 46, "a" * 54, "sk_live_" + "é" * 46, "sk_live_" * 60],
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert secrets.api_key_id(text) is None


def test_digests_of_two_purposes_differ() -> None:
    assert secrets.digest(PEPPER, "refresh", "x") != secrets.digest(PEPPER, "api-key", "x")
    assert secrets.digest(PEPPER, "code", "a", "b") != secrets.digest(PEPPER, "code", "ab", "")
    assert secrets.digest(PEPPER, "code", "x") != secrets.digest(SecretStr("q" * 32), "code", "x")


def test_the_successor_of_a_refresh_token_is_always_the_same() -> None:
    token = secrets.new_refresh_token()
    assert secrets.successor(PEPPER, token) == secrets.successor(PEPPER, token)
    assert secrets.successor(PEPPER, token) != token
    assert len(secrets.successor(PEPPER, token)) == len(token)


def test_the_successor_cannot_be_made_from_what_is_stored() -> None:
    token = secrets.new_refresh_token()
    stored = secrets.digest(PEPPER, "refresh", token)
    assert secrets.successor(PEPPER, stored) != secrets.successor(PEPPER, token)
    assert secrets.successor(SecretStr("q" * 32), token) != secrets.successor(PEPPER, token)


def test_codes_have_six_digits() -> None:
    codes = {secrets.new_code() for _ in range(500)}
    assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
    assert len(codes) > 450
