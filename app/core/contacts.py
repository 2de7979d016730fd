"""Addresses of people in their one stored form: e-mail NFKC and case-folded, phone E.164."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberType

from app.core.errors import DomainError

MAX_EMAIL, MAX_PHONE = 254, 32
DEFAULT_COUNTRY = "CN"
"""Where a number without a country code is taken to be."""


class ContactKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"


_PAID = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})


class InvalidContact(DomainError):
    """`field` is `email` or `phone`. The value is not repeated."""

    slug, title, title_zh = "invalid-contact", "The address cannot be used", "联系方式无效"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


def email_of(text: str) -> str:
    """The address as it is stored and compared. Raises `InvalidContact`."""
    folded = unicodedata.normalize("NFKC", text[: MAX_EMAIL + 1]).casefold().strip()
    if len(folded) > MAX_EMAIL:
        raise InvalidContact("The e-mail address is too long", field="email")
    try:
        # Addresses of test domains are fine; whether mail arrives is for the code to show.
        valid = validate_email(
            folded, check_deliverability=False, globally_deliverable=False, test_environment=True
        )
    except EmailNotValidError:
        raise InvalidContact("This is no e-mail address", field="email") from None
    if "." not in valid.domain:
        raise InvalidContact("This is no e-mail address", field="email")
    return valid.normalized.casefold()


def phone_of(text: str, country: str = DEFAULT_COUNTRY) -> str:
    """The number in E.164. Raises `InvalidContact`, also for numbers that cost the caller extra."""
    try:
        number = phonenumbers.parse(text[:MAX_PHONE], country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise InvalidContact("This is no phone number", field="phone")
    if phonenumbers.number_type(number) in _PAID:
        raise InvalidContact("Numbers of this kind are not accepted", field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach somebody, in its stored form."""

    kind: ContactKind
    value: str


def contact_of(*, email: str | None, phone: str | None) -> Contact:
    """Whichever of the two is given; exactly one must be. Raises `InvalidContact`."""
    if email is not None and phone is None:
        return Contact(ContactKind.EMAIL, email_of(email))
    if phone is not None and email is None:
        return Contact(ContactKind.PHONE, phone_of(phone))
    raise InvalidContact("Give either an e-mail address or a phone number", field="email")


def login_of(text: str) -> Contact:
    """What somebody typed to sign in: an e-mail address if there is an `@` in it, else a phone."""
    if "@" in unicodedata.normalize("NFKC", text[:MAX_EMAIL]):
        return contact_of(email=text, phone=None)
    return contact_of(email=None, phone=text)
