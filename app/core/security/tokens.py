"""Access tokens. The only module that knows the token library, which is lax on its own.

It accepts a missing `exp`, a missing `aud`, an unknown `crit`, and fails with a `RecursionError` on
a deep header; hence everything is checked here before and after it.
"""

import base64
import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from jose import jwk, jwt
from jose.backends.base import Key

from app.core import clock
from app.core.actor import Audience, Unauthenticated
from app.core.ids import new_id
from app.core.settings import TokenSettings

ALGORITHM = "HS256"
TYPE = "at+jwt"
VERSION = 1
LEEWAY_SECONDS = 30
MAX_LENGTH = 4_096
MAX_HEADER_LENGTH = 256
MIN_KEY_BYTES = 32
_SHAPE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}", re.ASCII)
_LATEST = 2**40
_OPTIONS = {
    # `aud` is checked below, since any of our audiences will do here.
    "verify_aud": False,
    **{f"require_{claim}": True for claim in ("iss", "sub", "iat", "nbf", "exp", "jti")},
    "leeway": LEEWAY_SECONDS,
}


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a verified token says. Nothing in it tells about the person."""

    audience: Audience
    subject_id: UUID
    session_id: UUID
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token that was found valid: as long as its time lasts, its bytes say the same again."""

    settings: TokenSettings
    claims: AccessClaims
    expires: int


_VERIFIED: Final[dict[str, _Verified]] = {}
_MOST_VERIFIED = 2_048


def sign(settings: TokenSettings, claims: AccessClaims, *, at: datetime | None = None) -> str:
    """A token that lives `access_seconds` from `at`, signed with the active key."""
    issued = int((at or clock.now()).timestamp())
    payload: dict[str, Any] = {
        "iss": settings.issuer,
        "aud": claims.audience.value,
        "sub": str(claims.subject_id),
        "sid": str(claims.session_id),
        "iat": issued,
        "nbf": issued,
        "exp": issued + settings.access_seconds,
        "jti": str(new_id()),
        "ver": VERSION,
    }
    if claims.is_guest:
        payload["guest"] = True
    kid = settings.active_key
    return jwt.encode(payload, _key(settings, kid), ALGORITHM, {"kid": kid, "typ": TYPE})


def read(settings: TokenSettings, token: str) -> AccessClaims:
    """The claims of a valid token of any audience; the caller compares the audience.

    Raises `Unauthenticated`, always with the same words, for everything else. It neither reads a
    key named by the token from anywhere nor raises anything else, whatever the bytes.
    """
    known = _VERIFIED.get(token)
    if known is not None and known.settings is settings and clock.now().timestamp() < known.expires:
        return known.claims
    try:
        return _read(settings, token)
    except Exception:  # noqa: BLE001 - the library raises RecursionError and OverflowError too
        raise Unauthenticated("Send a valid bearer token") from None


def _read(settings: TokenSettings, token: str) -> AccessClaims:
    _require(len(token) <= MAX_LENGTH and _SHAPE.fullmatch(token) is not None)
    header = _header(token.partition(".")[0])
    # An exact set, so that crit, b64, jku, jwk, x5u and whatever comes next are refused.
    _require(set(header) == {"alg", "typ", "kid"})
    _require(header["alg"] == ALGORITHM and header["typ"] == TYPE)
    key = _key(settings, header["kid"])
    claims = jwt.decode(
        token, key, algorithms=[ALGORITHM], issuer=settings.issuer, options=_OPTIONS
    )
    checked = _checked(claims)
    if len(_VERIFIED) >= _MOST_VERIFIED:
        _VERIFIED.clear()
    _VERIFIED[token] = _Verified(settings, checked, claims["exp"])
    return checked


def _header(part: str) -> dict[str, Any]:
    """A flat JSON object of a few strings; anything nested is refused before it is parsed."""
    _require(len(part) <= MAX_HEADER_LENGTH)
    raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    _require(b"[" not in raw and raw.count(b"{") == 1)
    header: dict[str, Any] = json.loads(raw, object_pairs_hook=_distinct)
    _require(all(isinstance(value, str) for value in header.values()))
    return header


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _require(len({name for name, _ in pairs}) == len(pairs))
    return dict(pairs)


def _key(settings: TokenSettings, kid: str) -> Key:
    key = settings.keys[kid].get_secret_value()
    if len(key.encode()) < MIN_KEY_BYTES:
        raise ValueError(f"Token key {kid} is shorter than {MIN_KEY_BYTES} bytes")
    return _constructed(key)


@lru_cache(maxsize=64)
def _constructed(key: str) -> Key:
    """As the library would make it of the text for each token anew."""
    made: Key = jwk.construct(key, ALGORITHM)
    return made


def _checked(claims: dict[str, Any]) -> AccessClaims:
    times = [claims[name] for name in ("iat", "nbf", "exp")]
    _require(all(type(each) is int and 0 < each < _LATEST for each in times))
    _require(claims["iat"] <= clock.now().timestamp() + LEEWAY_SECONDS)
    _require(type(claims["ver"]) is int and claims["ver"] == VERSION)
    UUID(claims["jti"])
    guest = claims.get("guest", False)
    _require(type(guest) is bool)
    return AccessClaims(
        Audience(claims["aud"]), UUID(claims["sub"]), UUID(claims["sid"]), is_guest=guest
    )


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError
