"""Making access tokens by hand, right and wrong ones."""

import base64
import hmac
import json
from typing import Any

import pytest
from pydantic import SecretStr

from app.core.actor import Unauthenticated
from app.core.ids import new_id
from app.core.security import tokens
from app.core.settings import TokenSettings

KEY = "k" * 32
SETTINGS = TokenSettings(active_key="k1", keys={"k1": SecretStr(KEY)})
HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": "k1"}
NOW = 1_790_000_000
CLAIMS: dict[str, Any] = {
    "iss": "stoa",
    "aud": "storefront",
    "sub": str(new_id()),
    "sid": str(new_id()),
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 600,
    "jti": str(new_id()),
    "ver": 1,
}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: bytes | dict[str, Any], claims: bytes | dict[str, Any], key: str = KEY) -> str:
    """A token with a right signature, whatever it says."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    text = f"{b64(head)}.{b64(body)}"
    return f"{text}.{b64(hmac.digest(key.encode(), text.encode(), 'sha256'))}"


def assert_refused(token: str, settings: TokenSettings = SETTINGS) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        tokens.read(settings, token)
    assert refusal.value.detail == "Send a valid bearer token"
