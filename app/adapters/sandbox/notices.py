"""Notices of the sandbox: signed, read back, and sent by HTTP."""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import httpx
import orjson

from app.services.payments.ports import GatewayState, Notice, NoticeKind, SignatureInvalid

TIMESTAMP, NONCE, SIGNATURE = "sandbox-timestamp", "sandbox-nonce", "sandbox-signature"
FRESHNESS = timedelta(minutes=5)

Send: TypeAlias = Callable[[Mapping[str, str], bytes], Awaitable[bool]]
"""Delivers one notice; False when it was not accepted and should come again."""


def signature(secret: bytes, timestamp: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.nonce.body`, in hex."""
    message = b".".join((timestamp.encode(), nonce.encode(), body))
    return hmac.digest(secret, message, "sha256").hex()


def signed(secret: bytes, content: Mapping[str, Any], at: datetime) -> tuple[dict[str, str], bytes]:
    body = orjson.dumps(dict(content))
    timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
    return {
        "content-type": "application/json",
        TIMESTAMP: timestamp,
        NONCE: nonce,
        SIGNATURE: signature(secret, timestamp, nonce, body),
    }, body


def read(secret: bytes, headers: Mapping[str, str], body: bytes, at: datetime) -> Notice:
    """The notice in `body`; raises `SignatureInvalid`, also for a signature that is too old."""
    timestamp = headers.get(TIMESTAMP, "")
    expected = signature(secret, timestamp, headers.get(NONCE, ""), body)
    given = headers.get(SIGNATURE, "")
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise SignatureInvalid("The notice is not signed by the gateway")
    if not timestamp.isdecimal() or not timestamp.isascii() or len(timestamp) > len("9999999999"):
        raise SignatureInvalid("The notice carries no time")
    if abs(at.timestamp() - int(timestamp)) > FRESHNESS.total_seconds():
        raise SignatureInvalid("The notice is too old, or from the future")
    try:
        return _notice(orjson.loads(body))
    except (ValueError, KeyError, TypeError) as error:
        raise SignatureInvalid("The notice cannot be read") from error


def _notice(content: Mapping[str, Any]) -> Notice:
    return Notice(
        kind=NoticeKind(content["kind"]),
        provider_id=str(content["provider_id"])[:128],
        merchant_id=str(content["merchant_id"]),
        number=str(content["number"]),
        state=GatewayState(content["state"]),
        amount_minor=content["amount_minor"],
        currency=content["currency"],
    )


def over_http(
    url: str, timeout_seconds: float, *, transport: httpx.AsyncBaseTransport | None = None
) -> Send:
    """Sends to `url`; whatever is not a 2xx means that the notice should come again."""

    async def send(headers: Mapping[str, str], body: bytes) -> bool:
        async with httpx.AsyncClient(timeout=timeout_seconds, transport=transport) as client:
            try:
                answer = await client.post(url, content=body, headers=dict(headers))
            except httpx.HTTPError:
                return False
        return answer.is_success

    return send
