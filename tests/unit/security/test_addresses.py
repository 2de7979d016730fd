"""Addresses of callers and of people, in the one form that is compared."""

import pytest

from app.core.contacts import ContactKind, InvalidContact, contact_of, email_of, login_of, phone_of
from app.core.security.networks import is_within, network_of


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("evil", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a36_every_form_of_an_address_is_one_network(ip: str | None, network: str) -> None:
    assert network_of(ip) == network


@pytest.mark.parametrize(
    ("ip", "allowed", "expected"),
    [
        ("192.0.2.7", ["192.0.2.0/24"], True),
        ("::ffff:192.0.2.7", ["192.0.2.0/24"], True),
        ("192.0.3.7", ["192.0.2.0/24", "192.0.3.7/32"], True),
        ("192.0.3.8", ["192.0.2.0/24", "192.0.3.7/32"], False),
        ("2001:db8::1", ["2001:db8::/32"], True),
        ("2001:db8::1", ["0.0.0.0/0"], False),
        (None, ["0.0.0.0/0", "::/0"], False),
    ],
)
def test_an_allow_list_holds_networks(ip: str | None, allowed: list[str], expected: bool) -> None:
    assert is_within(ip, allowed) is expected


@pytest.mark.parametrize(
    "text",
    [
        "lin@example.com",
        "LIN@Example.COM",
        " lin@example.com ",
        "ｌｉｎ@example.com",
        "lin@ｅxample.com",
    ],
)
def test_twins_of_an_email_are_one(text: str) -> None:
    assert email_of(text) == "lin@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lin",
        "lin@",
        "@example.com",
        "a@b@c.de",
        "lin@localhost",
        "l\x00@example.com",
        "a" * 250 + "@example.com",
        "lin@example.com\r\nBcc: all@example.com",
        "lin@[127.0.0.1]",
    ],
)
def test_other_texts_are_no_email(text: str) -> None:
    with pytest.raises(InvalidContact) as refusal:
        email_of(text)
    assert refusal.value.context == {"field": "email"}


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("13800138000", "CN"),
        ("+86 138 0013 8000", "CN"),
        ("0086-138-0013-8000", "CN"),
        ("１３８００１３８０００", "CN"),
        ("+8613800138000", "DE"),
    ],
)
def test_a_phone_number_is_stored_in_e164(text: str, country: str) -> None:
    assert phone_of(text, country) == "+8613800138000"


@pytest.mark.parametrize("text", ["", "12", "+8613", "+999123456789", "abc", "+1" * 50, "\x00"])
def test_other_texts_are_no_phone_number(text: str) -> None:
    with pytest.raises(InvalidContact):
        phone_of(text)


def test_a34_premium_numbers_get_no_message() -> None:
    with pytest.raises(InvalidContact):
        phone_of("+449098790000")


def test_a_contact_is_one_of_the_two() -> None:
    assert contact_of(email="Lin@Example.com", phone=None).value == "lin@example.com"
    assert contact_of(email=None, phone="13800138000").kind is ContactKind.PHONE
    for email, phone in ((None, None), ("lin@example.com", "13800138000")):
        with pytest.raises(InvalidContact):
            contact_of(email=email, phone=phone)


def test_a_login_is_either() -> None:
    assert login_of("LIN@example.com").kind is ContactKind.EMAIL
    assert login_of("138 0013 8000").value == "+8613800138000"
