"""What clients, proxies and attackers do to a good request below its contents."""

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any

Sent = dict[str, Any]
"""A request as it goes out: method, url, headers, params, data or json."""

DEEP = 50_000
TYPES = (
    *("text/plain", "application/xml", "application/x-www-form-urlencoded", "application/jsonx"),
    *("application/json; charset=utf-16", "application/json;;", "multipart/form-data", "*/*", "/"),
    *("APPLICATION/JSON", "application/merge-patch+json", "application/json, text/plain", " "),
)
BODIES = (
    *(b"", b"null", b"[]", b'"x"', b"0", b"{", b'{"a":', b"\xef\xbb\xbf{}", b'{"a": "\xff"}'),
    *(b"[" * DEEP, b'{"a":' * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a": 1' + b"0" * 5_000 + b"}"),
    *(b'{"a": 1e400}', b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": "\\ud800"}', b"{'a': 1}"),
    *(b'{"a": 1, "a": 2}', b'{"\\u0000": 1}', b'{"a": "\x00"}', b"\x1f\x8b\x08\x00", b"{}" * 2),
    *(b"{} x", b'{"a": 01}', b'{"a": +1}', b'{"a": .5}', b'{"a": 1,}', b"\x00", b"\xff\xfe{\x00}"),
)
IF_MATCH = (
    *("*", 'W/"1"', '"1", "2"', '"999999999"', '"9999999999"', "1", '"-1"', '""', '"0"', '"1" '),
    *("x" * 9_000, '"' + "1" * 400 + '"', "\xb9", '"\xb2"', "NaN", '"1.0"', '"1e1"', "\t"),
)
KEYS = (
    "",
    " ",
    "x",
    "x" * 10_000,
    "\xe9\xff",
    "a b",
    "'; DROP TABLE orders; --",
    "\x7f",
    "k" * 256,
)
LANGUAGES = (
    *("zh-CN", "zh", "*", ";;q=9", "zh;q=abc", "en;q=1e400", "zh;q=-1,en", "a," * 2_000, "\xe9"),
    *("zh;q=nan", "", ",", "zh-" + "x" * 5_000, "en;q=0.0000000001,zh;q=1" * 9, "q=1", "zh;q=inf"),
)
TOKENS = (
    *("", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer a b", "bearer \xff", "Bearer a.b.c"),
    *("Bearer sk_live_", "Bearer sk_live_x_y", "Bearer " + "x" * 20_000, "Bearer ..", "Digest a=b"),
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
)
OTHERS = (
    *(("Accept", "text/xml"), ("Accept", "\xff"), ("X-Channel", "no-such"), ("X-Channel", "\xff")),
    *(("If-None-Match", "*"), ("If-None-Match", '"x"' * 3_000), ("Range", "bytes=0-0,5-")),
    *(("X-Forwarded-For", "1.2.3.4, junk, ::1%eth0"), ("X-Request-ID", "x" * 5_000)),
    *(("X-Request-ID", "a b\xff"), ("Content-Encoding", "gzip"), ("User-Agent", "\xff" * 900)),
    *(("Cookie", "a=b; c" * 500), ("Origin", "null"), ("Origin", "http://evil.example")),
    *(("X-Forwarded-Proto", "gopher"), ("Forwarded", 'for="[::1'), ("traceparent", "00-zz-zz-00")),
)
QUERIES = (
    *("limit=1&limit=2", "limit=0", "limit=101", "limit=-1", "limit=1e2", "limit=%31", "limit="),
    *("limit=" + "9" * 5_000, "limit=%D9%A3", "unknown=1", "after=%00", "after=%FF", "after="),
    *("a" * 7_000, "&&&=", "%", "%zz=1", "limit[]=1", "after[a]=b", "q=%00", "q=%ED%A0%80", ";"),
)
NOT_KEYS = (
    *({"a": 1}, [], True, 1.5, "\x00", "\ud800", "x" * 300, 2**63, -(2**63) - 1, 10**30, None, ""),
    *("NaN", "9999-12-31T23:59:59.999999+00:00", "0001-01-01T00:00:00Z", "-infinity", "2026-02-30"),
)
NOT_IDS = (
    *(None, 1, "", "x", "00000000-0000-0000-0000-000000000000", {"a": 1}, "\x00"),
    "01A20F3C-5B1E-7C62-9D5A-0D9F4D6C7E21",
)


UNPUBLISHED = (
    *(("POST", "/api/v1/webhooks/kuaidi100"), ("POST", "/api/v1/webhooks/sandbox")),
    *(("POST", "/api/v1/webhooks/alipay"), ("POST", "/api/v1/webhooks/%00")),
    *(("GET", "/sandbox/pay/x"), ("POST", "/sandbox/pay/x"), ("GET", "/sandbox/pictures/x-y.svg")),
    *(("GET", "/sandbox/invoices/x.pdf"), ("GET", "/openapi/x.json"), ("GET", "/docs/x")),
    *(("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"), ("PUT", "/api/v1/products")),
    *(("PATCH", "/api/v1/carts"), ("OPTIONS", "/api/v1/me"), ("HEAD", "/api/v1/products")),
    *(("TRACE", "/api/v1/me"), ("X", "/api/v1/me"), ("GET", "/api/v1/no/such"), ("GET", "//")),
)
"""Addresses and methods in no document."""


def make_odd(sent: Sent, lots: Random) -> None:
    """Change one thing about the request. What is not ASCII in a header goes as Latin-1."""
    change, *_ = lots.choices(tuple(WAYS), weights=tuple(WAYS.values()))
    change(sent, lots)


def tampered(cursor: str, lots: Random) -> str:
    """A cursor no list gave: cut, turned, or of other values."""
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_"))
    except ValueError:
        parts = None
    if isinstance(parts, list) and len(parts) > 1 and lots.random() < 0.8:
        at = lots.randrange(len(parts))
        parts[at] = lots.choice(NOT_IDS if at == len(parts) - 1 else NOT_KEYS)
        if lots.random() < 0.1:
            parts.append(parts[0])
        raw = json.dumps(parts).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    at = lots.randrange(len(cursor) or 1)
    return lots.choice(
        (
            cursor[:at],
            cursor[:at] + lots.choice("A-_=+/\u00e9 \x00") + cursor[at + 1 :],
            cursor.upper(),
            cursor + "==",
            cursor[::-1],
            f" {cursor}",
            f"{{{cursor}}}",
            cursor.replace("-", ""),
        )
    )


def _header(sent: Sent, name: str, value: str) -> None:
    headers = sent["headers"]
    for each in [each for each in headers if each.lower() == name.lower()]:
        del headers[each]
    headers[name] = value.encode("latin-1")


def _type(sent: Sent, lots: Random) -> None:
    if "json" in sent:
        sent["data"] = json.dumps(sent.pop("json")).encode()
    _header(sent, "Content-Type", lots.choice(TYPES))


def _body(sent: Sent, lots: Random) -> None:
    whole = json.dumps(sent.pop("json", None)).encode()
    cut = whole[: lots.randrange(len(whole))]
    sent["data"] = lots.choice((*BODIES, cut, whole + whole, whole.replace(b"}", b', "x": 1}')))
    _header(sent, "Content-Type", "application/json")


def _known_number(sent: Sent, lots: Random) -> None:
    """A number of the body becomes one no column holds, or is written in another way."""
    whole = json.dumps(sent.pop("json", None))
    digits = [at for at, each in enumerate(whole) if each.isdigit()]
    if digits:
        at = lots.choice(digits)
        put = lots.choice(("9" * 4_400, "1e5", "1.0", "-0", "1E400", "0x1", "1_0", "-1", "1e-400"))
        whole = whole[:at] + put + whole[at + 1 :]
    sent["data"] = whole.encode()
    _header(sent, "Content-Type", "application/json")


def _query(sent: Sent, lots: Random) -> None:
    sent["url"] += "?" + lots.choice(QUERIES)


def _of(name: str, values: tuple[str, ...]) -> Callable[[Sent, Random], None]:
    return lambda sent, lots: _header(sent, name, lots.choice(values))


def _other(sent: Sent, lots: Random) -> None:
    _header(sent, *lots.choice(OTHERS))


WAYS: dict[Callable[[Sent, Random], None], int] = {
    _type: 10,
    _body: 25,
    _known_number: 10,
    _query: 10,
    _of("If-Match", IF_MATCH): 12,
    _of("Idempotency-Key", KEYS): 10,
    _of("Accept-Language", LANGUAGES): 8,
    _of("Authorization", TOKENS): 3,
    _other: 12,
}
"""How often each is done."""
