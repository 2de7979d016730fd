"""JSON out: one dump for events, stored answers and the log."""

from typing import Any

import orjson
from pydantic_core import to_json


def dump_bytes(value: Any) -> bytes:
    """`value` as JSON. Plain data goes the fast way; anything else as pydantic writes it."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return to_json(value, inf_nan_mode="null")


def dump(value: Any) -> str:
    return dump_bytes(value).decode()


def canonical(value: Any) -> bytes:
    """The same bytes for equal JSON, whatever the order of keys. `value` is parsed JSON."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
