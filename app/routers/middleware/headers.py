"""Headers every answer carries, and cross-origin access for the origins in the settings."""

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from app.core.ids import new_id
from app.core.settings import HttpSettings

Raw: TypeAlias = tuple[bytes, bytes]

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
ALLOWED_METHODS: Final = b"GET, POST, PUT, PATCH, DELETE"
ALLOWED_HEADERS: Final = (
    b"Authorization, Content-Type, Accept-Language, Idempotency-Key, If-Match, If-None-Match, "
    b"X-Request-Id, X-Channel"
)
EXPOSED_HEADERS: Final = (
    b"ETag, Location, Retry-After, X-Request-Id, Idempotency-Replayed, "
    b"RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
)
CSP: Final = b"default-src 'none'; frame-ancestors 'none'"


def request_id(sent: bytes | None) -> bytes:
    """The caller's id if it is harmless, else a new one."""
    if sent is not None and REQUEST_ID.fullmatch(sent):
        return sent
    return new_id().hex.encode()


class AnswerHeaders:
    """What is added to an answer, unless its endpoint said otherwise."""

    def __init__(self, settings: HttpSettings) -> None:
        self._always: list[Raw] = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]
        if settings.public_url.startswith("https://"):
            self._always.append((b"strict-transport-security", b"max-age=31536000"))
        self._origins = frozenset(each.encode() for each in settings.cors_origins)

    def complete(self, sent: Iterable[Raw], origin: bytes | None, request: bytes) -> list[Raw]:
        """The headers of an answer to a request from `origin` with the id `request`."""
        headers = [*sent, *self._always, (b"x-request-id", request)]
        has_cache = has_csp = False
        for name, _ in headers:
            if name == b"cache-control":
                has_cache = True
            elif name == b"content-security-policy":
                has_csp = True
        if not has_cache:
            headers.append((b"cache-control", b"no-store"))
        if not has_csp:
            headers.append((b"content-security-policy", CSP))
        if self._origins:
            headers.extend(self._cross_origin(origin))
        return headers

    def preflight(self, origin: bytes | None) -> list[Raw]:
        """The answer to a browser's question, without permissions for an unknown origin."""
        if origin not in self._origins:
            return []
        return [
            (b"access-control-allow-methods", ALLOWED_METHODS),
            (b"access-control-allow-headers", ALLOWED_HEADERS),
            (b"access-control-max-age", b"600"),
        ]

    def _cross_origin(self, origin: bytes | None) -> list[Raw]:
        if origin is None or origin not in self._origins:
            return [(b"vary", b"Origin")]
        return [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED_HEADERS),
        ]
