"""What may be in a body: type, encoding, size, JSON.

Read before an endpoint is chosen; files that people hand in only once they may.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from app.routers.middleware.strict_json import parse
from app.routers.problems.errors import BadRequest, PayloadTooLarge, UnsupportedMediaType

JSON_TYPE = re.compile(rb'application/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BodyRule:
    """What a body below `prefix` may be; raw ones are for the endpoint to verify.

    A streamed one is not read here: its endpoint reads it as it comes, when it knows who asks.
    With a `suffix` it is of paths alone that end so.
    """

    prefix: str
    limit_bytes: int
    is_json: bool
    is_streamed: bool = False
    suffix: str = ""


RAW = (
    BodyRule("/api/v1/webhooks/", 256 * 1_024, is_json=False),
    BodyRule(
        "/api/v1/admin/finance/statements/",
        256 * 1_024 * 1_024,
        is_json=False,
        is_streamed=True,
    ),
    BodyRule(
        "/api/v1/admin/group-orders/",
        4 * 1_024 * 1_024,
        is_json=False,
        is_streamed=True,
        suffix="/rows",
    ),
)


def rule_for(path: str, limit_bytes: int) -> BodyRule:
    for rule in RAW:
        if path.startswith(rule.prefix) and path.endswith(rule.suffix):
            return rule
    return BodyRule("", limit_bytes, is_json=True)


async def read(
    rule: BodyRule, headers: Mapping[bytes, bytes], receive: Receive
) -> tuple[bytes, Any]:
    """The whole body, and its JSON where the rule asks for JSON (None when the body is empty).

    Raises `PayloadTooLarge` before reading more than the limit, with or without a stated length.
    """
    check_headers(rule, headers)
    body = await _collect(receive, rule.limit_bytes)
    if not body or not rule.is_json:
        return body, None
    if JSON_TYPE.fullmatch(headers.get(b"content-type", b"").strip()) is None:
        raise UnsupportedMediaType("Send application/json in UTF-8")
    return body, parse(body)


def within(rule: BodyRule, headers: Mapping[bytes, bytes], receive: Receive) -> Receive:
    """A `receive` for a body that is read as it comes; raises `PayloadTooLarge` at the limit."""
    check_headers(rule, headers)
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > rule.limit_bytes:
            raise _too_large(rule.limit_bytes)
        return message

    return counted


def check_headers(rule: BodyRule, headers: Mapping[bytes, bytes]) -> None:
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("Send the body as it is, without a Content-Encoding")
    stated = headers.get(b"content-length")
    if stated is None:
        return
    if not stated.isdigit():
        raise BadRequest("Content-Length is not a number")
    if int(stated[:20]) > rule.limit_bytes:
        raise _too_large(rule.limit_bytes)


async def _collect(receive: Receive, limit_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives `body` once, then what the server says next."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _too_large(limit_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge("The body is too large", limit_bytes=limit_bytes)
