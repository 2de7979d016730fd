"""JSON without surprises: one value per key, finite numbers, text that can be stored."""

import json
import re
from typing import Any, Final, NoReturn

import orjson

from app.routers.problems.errors import InvalidRequest, MalformedJson

MAX_DEPTH = 32
INT64: Final = range(-(2**63), 2**63)
NESTED: Final = frozenset({dict, list})
# Bodies without any of this are read the quick way: escapes, huge numbers, large exponents.
_ESCAPE = b"\\u"
_NUMBER = re.compile(rb"\d{18}|[eE]\+?\d{3}")
_KEY = re.compile(rb'"\s*:')


def parse(body: bytes) -> Any:
    """`body` as JSON values.

    Raises `MalformedJson` for what is not JSON (NaN, duplicate keys, invalid UTF-8, lone
    surrogates and more than 32 levels included) and `InvalidRequest` for a NUL or an integer
    beyond 64 bits.
    """
    is_flat = body.count(b"{") + body.count(b"[") <= MAX_DEPTH
    if is_flat and _ESCAPE not in body and not _NUMBER.search(body):
        try:
            value = orjson.loads(body)
        except ValueError:
            return _read(body)  # for its explanation
        # Texts may look like keys, so there are as many as this or fewer; equal means that no key
        # was said twice.
        if _keys(value) == len(_KEY.findall(body)):
            return value
    return _read(body)


def _keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_keys(each) for each in value.values() if type(each) in NESTED)
    if isinstance(value, list):
        return sum(_keys(each) for each in value if type(each) in NESTED)
    return 0


def _read(body: bytes) -> Any:
    try:
        text = body.decode()
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise MalformedJson("The body is not UTF-8") from error
    except RecursionError as error:
        raise too_deep() from error
    except ValueError as error:
        position = getattr(error, "pos", 0)
        raise MalformedJson(f"Not JSON near character {position}") from error
    _inspect(value)
    return value


def too_deep() -> MalformedJson:
    return MalformedJson(f"The body is nested deeper than {MAX_DEPTH} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("A key occurs twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not JSON")


def _inspect(value: Any) -> None:
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        if isinstance(each, str):
            _check_text(each)
        elif isinstance(each, int):
            if each not in INT64:
                raise InvalidRequest("A number is beyond 64 bits", errors=[])
        elif isinstance(each, float):
            if each - each != 0:
                raise MalformedJson("A number is out of range")
        elif isinstance(each, dict | list):
            if depth == MAX_DEPTH:
                raise too_deep()
            inner = [*each, *each.values()] if isinstance(each, dict) else each
            waiting.extend((one, depth + 1) for one in inner)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise InvalidRequest("A text holds a NUL", errors=[])
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        raise MalformedJson("A text holds half of a surrogate pair")
