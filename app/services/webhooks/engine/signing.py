"""Signatures of Standard Webhooks (github.com/standard-webhooks/standard-webhooks), `v1`."""

import base64
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def secret_text(raw: bytes) -> str:
    """A secret as people see it."""
    return PREFIX + base64.b64encode(raw).decode()


def headers(secrets: Sequence[str], event_id: str, at: int, body: bytes) -> dict[str, str]:
    """What goes with `body`, signed with each of `secrets`; `at` is in seconds since 1970."""
    signed = b".".join((event_id.encode(), str(at).encode(), body))
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(_signature(each, signed) for each in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
