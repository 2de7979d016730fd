"""The quick way of reading JSON agrees with the careful one, whatever the bytes."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.routers.middleware import strict_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
pieces = st.lists(
    st.sampled_from(
        ['{"a":1', ',"a":2', ',"b":', "}", "[", "]", ",", '"\\":"', "1", "NaN", '"x\\u0000"', " "]
    ),
    max_size=12,
).map("".join)


def outcome(body: bytes, read: Any) -> Any:
    try:
        return json.dumps(read(body))
    except DomainError as refusal:
        return refusal.slug


@given(values, st.booleans())
def test_both_ways_agree_on_json(value: Any, is_ascii: bool) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    assert outcome(body, strict_json.parse) == outcome(body, strict_json._read)


@given(pieces)
def test_both_ways_agree_on_what_only_looks_like_it(text: str) -> None:
    body = text.encode()
    assert outcome(body, strict_json.parse) == outcome(body, strict_json._read)


@given(st.binary())
def test_bytes_are_read_or_refused(body: bytes) -> None:
    assert outcome(body, strict_json.parse) == outcome(body, strict_json._read)
