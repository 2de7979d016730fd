"""What is stored hashed: API keys, refresh tokens, one-time codes."""

import base64
import hmac
import secrets
import string
import zlib
from dataclasses import dataclass

from pydantic import SecretStr

from app.core.ids import ALPHABET

API_KEY_PREFIX = "sk_live_"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID, _RANDOM, _CHECK = 8, 32, 6
_CODE = 16


def digest(pepper: SecretStr, purpose: str, *parts: str) -> str:
    """HMAC-SHA256 in hex. `purpose` keeps a digest of one kind from standing for another."""
    text = "\0".join((purpose, *parts))
    return _hmac(pepper, text).hex()


def same(left: str, right: str) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def new_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**6):06d}"


def new_refresh_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def successor(pepper: SecretStr, refresh_token: str) -> str:
    """The refresh token that replaces `refresh_token`.

    Derived rather than drawn, so that a client whose answer got lost, or a second tab, is given the
    same successor although only digests are stored.
    """
    raw = _hmac(pepper, f"refresh-successor\0{refresh_token}")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def derived_code(pepper: SecretStr, purpose: str, salt: bytes, number: int) -> str:
    """The `number`th code of a series: 16 characters of 5 bits, the same for the same salt.

    Derived rather than drawn, so that a series can be shown after its digests were stored; who
    forgets the salt can never show it again.
    """
    raw = _hmac(pepper, f"{purpose}\0{salt.hex()}\0{number}")
    bits = int.from_bytes(raw[: _CODE * 5 // 8])
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_CODE)))


def derived_token(pepper: SecretStr, purpose: str, *parts: str) -> str:
    """256 bits nobody can guess without the pepper, the same for the same parts."""
    raw = _hmac(pepper, "\0".join((f"{purpose}-token", *parts)))
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """`key_id` is public; `text` is the whole key, shown once."""

    key_id: str
    text: str


def new_api_key() -> NewApiKey:
    key_id, secret = _draw(_ID), _draw(_RANDOM)
    body = key_id + secret
    return NewApiKey(key_id, API_KEY_PREFIX + body + _checksum(body))


def api_key_id(text: str) -> str | None:
    """The public part of a well-formed key; None for anything else, a typing error included."""
    body = text.removeprefix(API_KEY_PREFIX)
    if len(text) - len(body) != len(API_KEY_PREFIX) or len(body) != _ID + _RANDOM + _CHECK:
        return None
    if not set(body) <= set(_BASE62) or _checksum(body[:-_CHECK]) != body[-_CHECK:]:
        return None
    return body[:_ID]


def _hmac(pepper: SecretStr, text: str) -> bytes:
    return hmac.digest(pepper.get_secret_value().encode(), text.encode(), "sha256")


def _draw(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_BASE62))
        digits = _BASE62[rest] + digits
    return digits
